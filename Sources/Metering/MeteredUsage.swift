/// The usage that an upstream reported.
public struct MeteredUsage: Hashable, Sendable {
    /// The counts, disjoint and within bounds.
    public var tokens: TokenUsage
    /// What the upstream itself said that the request cost, in nano-USD, rounded up.
    public var upstreamCostNanoUSD: Int64?
    /// A count was negative, or beyond what the model can read or write, and was brought into bounds.
    public var wasClamped: Bool

    /// Creates a usage.
    public init(tokens: TokenUsage, upstreamCostNanoUSD: Int64? = nil, wasClamped: Bool = false) {
        self.tokens = tokens
        self.upstreamCostNanoUSD = upstreamCostNanoUSD
        self.wasClamped = wasClamped
    }
}
