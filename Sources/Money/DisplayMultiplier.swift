/// What a client sees for each real dollar: an exact fraction, at least 1.
///
/// A reseller who sells 100 of credit that costs 60 has the multiplier 100/60. As a fraction it loses
/// nothing, so that the client of that key reads 100.0000 and not 100.0001.
public struct DisplayMultiplier: Hashable, Sendable {
    /// The shown amount that ``denominator`` real units stand for.
    public let numerator: Int64
    /// The real amount, greater than zero and without a common factor with ``numerator``.
    public let denominator: Int64

    /// The client sees what it costs.
    public static let one = DisplayMultiplier(reducing: 1, 1)

    /// The largest multiplier that may be asked for.
    public static let maximum: Int64 = 1_000_000

    /// Creates the multiplier that shows `shown` for `real`, or nil if it lies outside 1...1,000,000.
    public init?(shown: NanoUSD, real: NanoUSD) {
        self.init(numerator: shown.nanos, denominator: real.nanos)
    }

    /// Creates a multiplier from a fraction, or nil if it lies outside 1...1,000,000.
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

    /// The multiplier as a decimal number, rounded to nine decimals: `1.666666667`.
    public var decimal: String {
        let scaled = Int128(numerator) * Int128(NanoUSD.nanosPerDollar) + Int128(denominator) / 2
        return NanoUSD(nanos: Int64(clamping: scaled / Int128(denominator))).decimal
    }
}

extension DisplayMultiplier {
    /// Turns a real amount into the shown one, carrying what is lost to rounding to the next call.
    ///
    /// - Parameter carry: The rest of earlier conversions of the same key, in fractions of
    ///   1/``denominator`` nano-dollar. With it the sum of many shown amounts is the shown amount of their
    ///   sum, to the nano-dollar.
    /// - Returns: The shown amount, rounded down; it saturates at the largest amount there is.
    public func shown(_ real: NanoUSD, carry: inout Int64) -> NanoUSD {
        let exact = Int128(real.nanos) * Int128(numerator) + Int128(carry)
        let (quotient, rest) = exact.quotientAndRemainder(dividingBy: Int128(denominator))
        carry = Int64(rest)
        return NanoUSD(nanos: Int64(clamping: quotient))
    }

    /// Returns the shown amount without touching the carry: what ``shown(_:carry:)`` would answer.
    public func shown(_ real: NanoUSD, carry: Int64 = 0) -> NanoUSD {
        var copy = carry
        return shown(real, carry: &copy)
    }
}
