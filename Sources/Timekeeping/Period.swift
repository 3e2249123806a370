/// A window of the calendar that begins anew by itself, in UTC.
public enum Period: Int, Hashable, Sendable, CaseIterable {
    /// From 00:00.
    case day = 1
    /// From Monday 00:00, as ISO 8601 has it.
    case week = 2
    /// From the first, 00:00.
    case month = 3

    /// As the APIs name it.
    public var name: String { "\(self)" }

    /// Returns the first day of the window that a day lies in.
    public func first(around day: Day) -> Day {
        switch self {
        case .day: day
        case .week: day.firstOfWeek
        case .month: day.firstOfMonth
        }
    }

    /// Returns the first day of the window that follows the one around a day.
    public func next(after day: Day) -> Day {
        switch self {
        case .day: Day(number: day.number + 1)
        case .week: Day(number: day.firstOfWeek.number + 7)
        // No month has more than 31 days, and none fewer than 28.
        case .month: Day(number: day.firstOfMonth.number + 31).firstOfMonth
        }
    }
}
