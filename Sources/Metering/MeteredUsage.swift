/// The usage that an upstream reported.
public struct MeteredUsage: Hashable, Sendable {
    /// The counts, disjoint and within bounds.
    public var tokens: TokenUsage
    /// The cost that the upstream itself reported, in nano-USD, rounded up.
    public var upstreamCostNanoUSD: Int64?
    /// A count was negative or larger than the model's context, and was clamped.
    public var wasClamped: Bool

    /// Creates a usage.
    public init(tokens: TokenUsage, upstreamCostNanoUSD: Int64? = nil, wasClamped: Bool = false) {
        self.tokens = tokens
        self.upstreamCostNanoUSD = upstreamCostNanoUSD
        self.wasClamped = wasClamped
    }
}
