/// The usage that an upstream reported.
public struct MeteredUsage: Hashable, Sendable {
    /// The quantities, disjoint and within bounds.
    public var usage: Usage
    /// The terms under which the upstream served the request.
    public var terms: ServiceTerms
    /// Doubts about the report.
    public var flags: UsageFlags
    /// The cost that the upstream itself reported, in nano-USD, rounded up.
    public var upstreamCostNanoUSD: Int64?

    /// Creates a usage.
    public init(
        _ usage: Usage, terms: ServiceTerms = .standard, flags: UsageFlags = [], upstreamCostNanoUSD: Int64? = nil
    ) {
        self.usage = usage
        self.terms = terms
        self.flags = flags
        self.upstreamCostNanoUSD = upstreamCostNanoUSD
    }
}
