/// What an account is charged for each dollar of the rate card: an exact number of millionths.
public struct Markup: Hashable, Sendable {
    /// 1,250,000 charges 1.25 USD for each dollar.
    public let millionths: Int64

    /// The rate card's own price.
    public static let none = Markup(unchecked: 1_000_000)

    /// The largest factor that may be asked for.
    public static let maximum: Int64 = 1000

    /// Creates a markup, or nil if it lies outside 0...1,000.
    public init?(millionths: Int64) {
        guard (0...Self.maximum * 1_000_000).contains(millionths) else { return nil }
        self.init(unchecked: millionths)
    }

    /// Creates a markup from a factor, or nil if it lies outside 0...1,000 or has more than six decimals.
    public init?(factor: NanoUSD) {
        guard factor.nanos % 1000 == 0 else { return nil }
        self.init(millionths: factor.nanos / 1000)
    }

    private init(unchecked millionths: Int64) {
        self.millionths = millionths
    }

    /// The factor as a decimal number: `1.25`.
    public var decimal: String { NanoUSD(nanos: millionths * 1000).decimal }
}
