/// The two protocols that clients and upstreams speak.
public enum UpstreamProtocol: Int, Hashable, Sendable {
    /// Chat completions, completions, responses, embeddings, moderations, models.
    case openAI = 1
    /// Messages and token counting.
    case anthropic = 2
}
