/// A moment in time: milliseconds since 1970-01-01 00:00 UTC.
public struct Timestamp: Hashable, Comparable, Sendable {
    /// Milliseconds since 1970-01-01 00:00 UTC.
    public let milliseconds: Int64

    /// Creates a moment from milliseconds since 1970-01-01 00:00 UTC.
    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    public static func < (lhs: Timestamp, rhs: Timestamp) -> Bool { lhs.milliseconds < rhs.milliseconds }

    /// The UTC day that this moment lies in.
    public var day: Day { Day(number: Self.floorDivide(milliseconds, by: 86_400_000)) }

    /// Whole hours since 1970-01-01 00:00 UTC.
    public var hourNumber: Int64 { Self.floorDivide(milliseconds, by: 3_600_000) }

    private static func floorDivide(_ value: Int64, by divisor: Int64) -> Int64 {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

extension Timestamp {
    /// The moment in RFC 3339, UTC, whole seconds: `2025-06-01T12:00:00Z`.
    public var rfc3339: String { dateAndTime + "Z" }

    /// The moment in RFC 3339, UTC, with milliseconds: `2025-06-01T12:00:00.000Z`.
    public var rfc3339Milliseconds: String {
        dateAndTime + "." + Self.padded(millisecondOfDay % 1000, 3) + "Z"
    }

    private var millisecondOfDay: Int64 { milliseconds - day.number * 86_400_000 }

    private var dateAndTime: String {
        let second = millisecondOfDay / 1000
        let (year, month, dayOfMonth) = day.civil
        return Self.padded(year, 4) + "-" + Self.padded(month, 2) + "-" + Self.padded(dayOfMonth, 2) + "T"
            + Self.padded(second / 3600, 2) + ":" + Self.padded(second / 60 % 60, 2) + ":"
            + Self.padded(second % 60, 2)
    }

    private static func padded(_ value: Int64, _ digits: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }
}
