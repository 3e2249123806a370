/// A calendar day in UTC.
public struct Day: Hashable, Comparable, Sendable {
    /// Days since 1970-01-01.
    public let number: Int64

    /// Creates a day from the number of days since 1970-01-01.
    public init(number: Int64) {
        self.number = number
    }

    /// Creates a day of the proleptic Gregorian calendar; nil if the date does not exist. Algorithm: Howard Hinnant's
    /// `days_from_civil`.
    public init?(year: Int64, month: Int64, day: Int64) {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        self.init(number: era * 146_097 + dayOfEra - 719_468)
        guard civil == (year, month, day) else { return nil }
    }

    public static func < (lhs: Day, rhs: Day) -> Bool { lhs.number < rhs.number }

    /// The date in RFC 3339 form, such as `2026-03-01`.
    public var date: String { String(start.rfc3339.prefix(10)) }

    /// Returns `count` consecutive days that end with this one, oldest first.
    public func last(_ count: Int) -> [Day] {
        (0..<Int64(count)).map { Day(number: number - Int64(count) + 1 + $0) }
    }

    /// 00:00 UTC of this day.
    public var start: Timestamp { Timestamp(milliseconds: number * 86_400_000) }

    /// The Monday of this day's ISO 8601 week.
    public var firstOfWeek: Day {
        // 1970-01-01 was a Thursday.
        let sinceMonday = ((number + 3) % 7 + 7) % 7
        return Day(number: number - sinceMonday)
    }

    /// The first day of this day's month.
    public var firstOfMonth: Day { Day(number: number - (civil.day - 1)) }

    /// Year, month (1-12) and day of the month (1-31) in the proleptic Gregorian calendar.
    ///
    /// Algorithm: Howard Hinnant's `civil_from_days`, which counts years from 1 March in eras of 400 years.
    public var civil: (year: Int64, month: Int64, day: Int64) {
        let shifted = number + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }
}
