/// An amount of money in billionths of a US dollar.
///
/// Every amount in Tollgate is one of these: 64 bits reach ±9.2 billion USD, and no binary fraction is ever
/// involved. Adding and subtracting trap on overflow; where an amount comes from outside, use
/// ``adding(_:)`` and refuse the input instead.
public struct NanoUSD: Hashable, Comparable, Sendable {
    /// The amount in billionths of a US dollar.
    public let nanos: Int64

    /// Creates an amount from billionths of a US dollar.
    public init(nanos: Int64) {
        self.nanos = nanos
    }

    /// Creates an amount from whole US dollars.
    public init(dollars: Int64) {
        self.nanos = dollars * Self.nanosPerDollar
    }

    /// How many units make one US dollar.
    public static let nanosPerDollar: Int64 = 1_000_000_000

    /// No money at all.
    public static let zero = NanoUSD(nanos: 0)

    public static func < (lhs: NanoUSD, rhs: NanoUSD) -> Bool { lhs.nanos < rhs.nanos }
    public static func + (lhs: NanoUSD, rhs: NanoUSD) -> NanoUSD { NanoUSD(nanos: lhs.nanos + rhs.nanos) }
    public static func - (lhs: NanoUSD, rhs: NanoUSD) -> NanoUSD { NanoUSD(nanos: lhs.nanos - rhs.nanos) }
    public static func += (lhs: inout NanoUSD, rhs: NanoUSD) { lhs = lhs + rhs }
    public static func -= (lhs: inout NanoUSD, rhs: NanoUSD) { lhs = lhs - rhs }

    /// Returns the sum, or nil where it would not fit.
    public func adding(_ other: NanoUSD) -> NanoUSD? {
        let (sum, overflow) = nanos.addingReportingOverflow(other.nanos)
        return overflow ? nil : NanoUSD(nanos: sum)
    }
}

extension NanoUSD: CustomStringConvertible {
    /// The amount with as many decimals as it needs, such as `0.0023`.
    public var description: String { decimal }
}
