/// A recurring calendar window in UTC.
public enum Period: Int, Hashable, Sendable, CaseIterable {
    /// Starts at 00:00.
    case day = 1
    /// Starts on Monday at 00:00 (ISO 8601).
    case week = 2
    /// Starts on the first of the month at 00:00.
    case month = 3

    /// The period's name in the APIs.
    public var name: String { "\(self)" }

    /// Returns the first day of the window that contains a day.
    public func first(around day: Day) -> Day {
        switch self {
        case .day: day
        case .week: day.firstOfWeek
        case .month: day.firstOfMonth
        }
    }

    /// Returns the first day of the window after the one that contains a day.
    public func next(after day: Day) -> Day {
        switch self {
        case .day: Day(number: day.number + 1)
        case .week: Day(number: day.firstOfWeek.number + 7)
        // 31 days after the first of any month lie in the next month.
        case .month: Day(number: day.firstOfMonth.number + 31).firstOfMonth
        }
    }
}
