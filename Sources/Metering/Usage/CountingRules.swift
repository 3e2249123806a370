/// What a meter must know of a model and a request to read the counts of an answer.
public struct CountingRules: Hashable, Sendable {
    /// Larger counts are clamped to it, in tokens.
    public var contextLimit: Int64
    /// How the upstream counts reasoning, where its totals do not say it.
    public var reasoning: ReasoningConvention
    /// The terms of service that the request asks for.
    public var askedTerms: ServiceTerms

    /// Creates rules; the defaults are those of most upstreams.
    public init(
        contextLimit: Int64, reasoning: ReasoningConvention = .within, askedTerms: ServiceTerms = .standard
    ) {
        self.contextLimit = contextLimit
        self.reasoning = reasoning
        self.askedTerms = askedTerms
    }

    /// Every count is believed.
    public static let unlimited = CountingRules(contextLimit: .max)
}
