/// Doubts about the usage of a row. A flag never changes the charge; it tells the operator to look.
public struct UsageFlags: OptionSet, Hashable, Sendable {
    // The ledger stores these bits: they are never reused.

    public let rawValue: Int

    public init(rawValue: Int) { self.rawValue = rawValue }

    /// A count was negative or larger than the model's context, and was clamped.
    public static let clamped = UsageFlags(rawValue: 1 << 0)
    /// The total fits none of the known ways of counting: the parts were charged.
    public static let totalContradicts = UsageFlags(rawValue: 1 << 1)
    /// The split of cache writes by lifetime contradicts their sum or an earlier split.
    public static let cacheSplitContradicts = UsageFlags(rawValue: 1 << 2)
    /// A quantity has no rate on the card: it was charged at the dearest rate of its side.
    public static let unpriced = UsageFlags(rawValue: 1 << 3)
    /// The rate card has no rate for the service tier that was served.
    public static let unpricedTier = UsageFlags(rawValue: 1 << 4)
    /// The upstream answered without usage, which was estimated.
    public static let unreported = UsageFlags(rawValue: 1 << 5)

    /// Every flag with its name in the APIs, in the order of the bits.
    public static let names: [(flag: UsageFlags, name: String)] = [
        (.clamped, "clamped"), (.totalContradicts, "total_contradicts"),
        (.cacheSplitContradicts, "cache_split_contradicts"), (.unpriced, "unpriced"),
        (.unpricedTier, "unpriced_tier"), (.unreported, "unreported"),
    ]

    /// The names of its flags.
    public var names: [String] { Self.names.filter { contains($0.flag) }.map(\.name) }
}
