extension NanoUSD {
    /// The amount in USD as a decimal number without trailing zeros, such as `12.5`, `50` or `0.0023`; a valid JSON number.
    public var decimal: String {
        let magnitude = nanos.magnitude
        var fraction = magnitude % UInt64(Self.nanosPerDollar)
        var text = String(magnitude / UInt64(Self.nanosPerDollar))
        if fraction > 0 {
            var digits = Self.fractionDigits
            while fraction % 10 == 0 {
                fraction /= 10
                digits -= 1
            }
            text += "." + Self.padded(fraction, to: digits)
        }
        return nanos < 0 ? "-" + text : text
    }

    /// The amount in USD with exactly four decimals, rounded towards zero.
    public var fourDecimals: String {
        let units = nanos.magnitude / 100_000
        let text = String(units / 10_000) + "." + Self.padded(units % 10_000, to: 4)
        return nanos < 0 && units > 0 ? "-" + text : text
    }

    /// The amount in USD with at least four decimals and no other trailing zeros, such as `4.2000` or `0.000123456`.
    public var atLeastFourDecimals: String { nanos % 100_000 == 0 ? fourDecimals : decimal }

    /// The amount rounded towards zero to four decimals, as ``fourDecimals`` shows it.
    public var truncatedToFourDecimals: NanoUSD {
        NanoUSD(nanos: nanos / 100_000 * 100_000)
    }

    /// Creates an amount from USD as a decimal number, such as `25`, `0.0023` or `-1.5`.
    ///
    /// - Returns: nil for exponents, white space, a leading plus sign, more than nine decimals (trailing zeros excepted), and
    ///   amounts outside the range of 64 bits.
    public init?(decimal text: some StringProtocol) {
        var digits = Substring(text)[...]
        let isNegative = digits.first == "-"
        if isNegative { digits.removeFirst() }
        let parts = digits.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, !whole.isEmpty, whole.utf8.allSatisfy(Self.isDigit) else { return nil }
        var fraction = parts.count == 2 ? parts[1] : ""
        guard parts.count == 1 || (!fraction.isEmpty && fraction.utf8.allSatisfy(Self.isDigit)) else { return nil }
        while fraction.utf8.count > Self.fractionDigits {
            guard fraction.last == "0" else { return nil }
            fraction.removeLast()
        }
        let padded = fraction + String(repeating: "0", count: Self.fractionDigits - fraction.utf8.count)
        guard let dollars = Int64(whole), let nanos = Int64(padded) else { return nil }
        let (product, overflow) = dollars.multipliedReportingOverflow(by: Self.nanosPerDollar)
        guard !overflow, let sum = NanoUSD(nanos: product).adding(NanoUSD(nanos: nanos)) else { return nil }
        self = isNegative ? NanoUSD(nanos: -sum.nanos) : sum
    }

    /// Number of decimals of a nano-USD.
    public static let fractionDigits = 9

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    private static func padded(_ value: UInt64, to digits: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: digits - text.utf8.count) + text
    }
}
