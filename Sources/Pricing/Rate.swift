import Money

/// A price per token or per character.
public struct Rate: Hashable, Comparable, Sendable {
    /// The price in nano-USD per million: 3 USD per million tokens is 3,000,000,000.
    public let nanoUSDPerMillionTokens: Int64

    /// Creates a rate from nano-USD per million tokens.
    public init(nanoUSDPerMillionTokens: Int64) {
        self.nanoUSDPerMillionTokens = nanoUSDPerMillionTokens
    }

    /// A rate of 0.
    public static let free = Rate(nanoUSDPerMillionTokens: 0)

    public static func < (lhs: Rate, rhs: Rate) -> Bool { lhs.nanoUSDPerMillionTokens < rhs.nanoUSDPerMillionTokens }

    /// Returns the exact price of `tokens` in millionths of a nano-USD.
    func exact(_ tokens: Int64) -> Int128 { Int128(tokens) * Int128(nanoUSDPerMillionTokens) }

    /// Returns the rate that has the same ratio to `self` as `other` has to `base`, rounded up; `other` if `base` is 0.
    func inProportion(of other: Rate, to base: Rate) -> Rate {
        guard base > .free else { return self == base ? other : self }
        let divisor = Int128(base.nanoUSDPerMillionTokens)
        let scaled = Int128(nanoUSDPerMillionTokens) * Int128(other.nanoUSDPerMillionTokens) + divisor - 1
        return Rate(nanoUSDPerMillionTokens: Int64(clamping: scaled / divisor))
    }
}
