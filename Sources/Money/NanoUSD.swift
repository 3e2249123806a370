/// An amount of money in nano-USD (1e-9 US dollars), exact, up to ±9.2 billion USD.
///
/// The operators trap on overflow. Amounts from requests are added with ``adding(_:)``, so that an overflow refuses the
/// request.
public struct NanoUSD: Hashable, Comparable, Sendable {
    /// The amount in nano-USD.
    public let nanos: Int64

    /// Creates an amount from nano-USD.
    public init(nanos: Int64) {
        self.nanos = nanos
    }

    /// Creates an amount from whole US dollars.
    public init(dollars: Int64) {
        self.nanos = dollars * Self.nanosPerDollar
    }

    /// Number of nano-USD in one US dollar.
    public static let nanosPerDollar: Int64 = 1_000_000_000

    /// An amount of 0.
    public static let zero = NanoUSD(nanos: 0)

    public static func < (lhs: NanoUSD, rhs: NanoUSD) -> Bool { lhs.nanos < rhs.nanos }
    public static func + (lhs: NanoUSD, rhs: NanoUSD) -> NanoUSD { NanoUSD(nanos: lhs.nanos + rhs.nanos) }
    public static func - (lhs: NanoUSD, rhs: NanoUSD) -> NanoUSD { NanoUSD(nanos: lhs.nanos - rhs.nanos) }
    public static func += (lhs: inout NanoUSD, rhs: NanoUSD) { lhs = lhs + rhs }
    public static func -= (lhs: inout NanoUSD, rhs: NanoUSD) { lhs = lhs - rhs }

    /// Returns the sum; nil on overflow.
    public func adding(_ other: NanoUSD) -> NanoUSD? {
        let (sum, overflow) = nanos.addingReportingOverflow(other.nanos)
        return overflow ? nil : NanoUSD(nanos: sum)
    }
}

extension NanoUSD: CustomStringConvertible {
    /// The same text as ``decimal``.
    public var description: String { decimal }
}
