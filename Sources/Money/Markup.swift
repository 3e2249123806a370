/// The factor from rate card prices to an account's charges, in millionths; from 0 to 1,000.
public struct Markup: Hashable, Sendable {
    /// The factor in millionths: 1,250,000 charges 1.25 USD for 1 USD of the rate card.
    public let millionths: Int64

    /// The factor 1.
    public static let none = Markup(unchecked: 1_000_000)

    /// The largest valid factor.
    public static let maximum: Int64 = 1000

    /// Creates a markup from millionths; nil if the factor is outside 0...1,000.
    public init?(millionths: Int64) {
        guard (0...Self.maximum * 1_000_000).contains(millionths) else { return nil }
        self.init(unchecked: millionths)
    }

    /// Creates a markup from a factor; nil if it is outside 0...1,000 or has more than six decimals.
    public init?(factor: NanoUSD) {
        guard factor.nanos % 1000 == 0 else { return nil }
        self.init(millionths: factor.nanos / 1000)
    }

    private init(unchecked millionths: Int64) {
        self.millionths = millionths
    }

    /// The factor as a decimal number, such as `1.25`.
    public var decimal: String { NanoUSD(nanos: millionths * 1000).decimal }
}
