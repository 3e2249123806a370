import Money

/// An exact factor on rates, from 0 to 100.
public struct Factor: Hashable, Sendable {
    /// The numerator of the reduced fraction.
    public let numerator: Int64
    /// The denominator of the reduced fraction; greater than zero.
    public let denominator: Int64

    /// The factor 1.
    public static let one = Factor(reducing: 1_000_000)

    /// The largest valid factor.
    public static let maximum: Int64 = 100

    /// Creates a factor from millionths; nil if it is outside 0...100.
    public init?(millionths: Int64) {
        guard (0...Self.maximum * 1_000_000).contains(millionths) else { return nil }
        self.init(reducing: millionths)
    }

    /// Creates a factor from a decimal number; nil if it is outside 0...100 or has more than four decimals, so that products of
    /// factors and amounts fit into 128 bits.
    public init?(decimal text: String) {
        guard let amount = NanoUSD(decimal: text), amount.nanos % 100_000 == 0 else { return nil }
        self.init(millionths: amount.nanos / 1000)
    }

    private init(reducing millionths: Int64) {
        var (a, b) = (millionths, Int64(1_000_000))
        while b != 0 { (a, b) = (b, a % b) }
        numerator = millionths / a
        denominator = 1_000_000 / a
    }

    /// The factor in millionths.
    public var millionths: Int64 { numerator * (1_000_000 / denominator) }

    /// The factor as a decimal number, such as `1.1`.
    public var decimal: String { NanoUSD(nanos: millionths * 1000).decimal }
}
