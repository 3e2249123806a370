/// A point in time, in milliseconds of Unix time.
public struct Timestamp: Hashable, Comparable, Sendable {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    public let milliseconds: Int64

    /// Creates a timestamp from milliseconds since 1970-01-01T00:00:00Z.
    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    public static func < (lhs: Timestamp, rhs: Timestamp) -> Bool { lhs.milliseconds < rhs.milliseconds }

    /// The UTC day of this timestamp.
    public var day: Day { Day(number: Self.floorDivide(milliseconds, by: 86_400_000)) }

    /// Returns the timestamp that is `duration` later; sub-millisecond parts are dropped.
    public func advanced(by duration: Duration) -> Timestamp {
        let (seconds, attoseconds) = duration.components
        return Timestamp(milliseconds: milliseconds + seconds * 1000 + attoseconds / 1_000_000_000_000_000)
    }

    /// Whole hours since 1970-01-01T00:00:00Z.
    public var hourNumber: Int64 { Self.floorDivide(milliseconds, by: 3_600_000) }

    private static func floorDivide(_ value: Int64, by divisor: Int64) -> Int64 {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

extension Timestamp {
    /// The timestamp in RFC 3339 form, UTC, in whole seconds: `2025-06-01T12:00:00Z`.
    public var rfc3339: String { dateAndTime + "Z" }

    /// The timestamp in RFC 3339 form, UTC, with milliseconds: `2025-06-01T12:00:00.000Z`.
    public var rfc3339Milliseconds: String {
        dateAndTime + "." + Self.padded(millisecondOfDay % 1000, 3) + "Z"
    }

    /// Creates a timestamp from RFC 3339 text with any offset, such as `2027-01-01T00:00:00Z` or
    /// `2027-01-01T01:30:00.250+01:30`.
    ///
    /// - Returns: nil if the text is malformed or the date does not exist. Digits after milliseconds are dropped.
    public init?(rfc3339 text: some StringProtocol) {
        var rest = Substring(text)
        func number(_ digits: Int, _ range: ClosedRange<Int64>, after separator: Character? = nil) -> Int64? {
            if let separator {
                guard rest.first == separator else { return nil }
                rest.removeFirst()
            }
            let part = rest.prefix(digits)
            guard part.utf8.count == digits, part.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let value = Int64(part), range.contains(value)
            else { return nil }
            rest = rest.dropFirst(digits)
            return value
        }
        guard let year = number(4, 1...9999), let month = number(2, 1...12, after: "-"),
            let dayOfMonth = number(2, 1...31, after: "-"),
            let day = Day(year: year, month: month, day: dayOfMonth), let mark = rest.first, "Tt ".contains(mark),
            let hour = number(2, 0...23, after: mark), let minute = number(2, 0...59, after: ":"),
            let second = number(2, 0...60, after: ":")
        else { return nil }
        var fraction: Int64 = 0
        if rest.first == "." {
            let digits = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
            guard !digits.isEmpty, let value = Int64((digits + "00").prefix(3)) else { return nil }
            fraction = value
            rest = rest.dropFirst(digits.count + 1)
        }
        var offset: Int64 = 0
        if rest == "Z" || rest == "z" {
            rest = ""
        } else {
            guard let sign = rest.first, "+-".contains(sign), let hours = number(2, 0...23, after: sign),
                let minutes = number(2, 0...59, after: ":")
            else { return nil }
            offset = (hours * 60 + minutes) * (sign == "-" ? -1 : 1)
        }
        guard rest.isEmpty else { return nil }
        let seconds = (hour * 60 + minute - offset) * 60 + second
        self.init(milliseconds: day.start.milliseconds + seconds * 1000 + fraction)
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
