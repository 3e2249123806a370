/// How an upstream counts the tokens of reasoning. Totals decide where they are unambiguous; this decides the rest.
public enum ReasoningConvention: String, Hashable, Sendable, CaseIterable {
    /// They are a part of the output's count.
    case within
    /// They are counted beside the output.
    case beside
}
