/// The ratio of the amounts shown to a client to the real costs: an exact fraction from 1 to 1,000,000.
///
/// A reseller who sells a budget of 100 that costs 60 uses the multiplier 100/60. A decimal number would be rounded, and
/// the client would see 100.0001 instead of 100.0000.
public struct DisplayMultiplier: Hashable, Sendable {
    /// The amount shown for a real amount of ``denominator``.
    public let numerator: Int64
    /// The real amount; greater than zero and coprime with ``numerator``.
    public let denominator: Int64

    /// Shows the real cost.
    public static let one = DisplayMultiplier(reducing: 1, 1)

    /// The largest valid multiplier.
    public static let maximum: Int64 = 1_000_000

    /// Creates the multiplier that shows `shown` for `real`; nil if outside 1...1,000,000.
    public init?(shown: NanoUSD, real: NanoUSD) {
        self.init(numerator: shown.nanos, denominator: real.nanos)
    }

    /// Creates a multiplier from a fraction; nil if outside 1...1,000,000.
    public init?(numerator: Int64, denominator: Int64) {
        guard denominator > 0, numerator >= denominator, numerator / denominator <= Self.maximum,
            Int128(numerator) <= Int128(denominator) * Int128(Self.maximum)
        else { return nil }
        self.init(reducing: numerator, denominator)
    }

    private init(reducing numerator: Int64, _ denominator: Int64) {
        var (a, b) = (numerator, denominator)
        while b != 0 { (a, b) = (b, a % b) }
        self.numerator = numerator / a
        self.denominator = denominator / a
    }

    /// The multiplier as a decimal number, rounded to nine decimals, such as `1.666666667`.
    public var decimal: String {
        let scaled = Int128(numerator) * Int128(NanoUSD.nanosPerDollar) + Int128(denominator) / 2
        return NanoUSD(nanos: Int64(clamping: scaled / Int128(denominator))).decimal
    }
}

extension DisplayMultiplier {
    /// Converts a real amount to the shown amount, and carries the rounding remainder to the next conversion.
    ///
    /// - Parameter carry: The rounding remainder of the key's earlier conversions, in units of 1/``denominator``
    ///   nano-USD. With it the shown amounts of many rows sum up to the shown amount of their sum.
    /// - Returns: The shown amount, rounded down; `Int64.max` nano-USD if it does not fit.
    public func shown(_ real: NanoUSD, carry: inout Int64) -> NanoUSD {
        let exact = Int128(real.nanos) * Int128(numerator) + Int128(carry)
        let (quotient, rest) = exact.quotientAndRemainder(dividingBy: Int128(denominator))
        carry = Int64(rest)
        return NanoUSD(nanos: Int64(clamping: quotient))
    }

    /// Returns the shown amount without updating the carry.
    public func shown(_ real: NanoUSD, carry: Int64 = 0) -> NanoUSD {
        var copy = carry
        return shown(real, carry: &copy)
    }
}
