/// The two protocols that clients and upstreams speak.
public enum UpstreamProtocol: Int, Hashable, Sendable {
    /// Chat completions, completions, responses, embeddings, moderations, models.
    case openAI = 1
    /// Messages and token counting.
    case anthropic = 2

    /// As people call it.
    public var name: String {
        switch self {
        case .openAI: "OpenAI"
        case .anthropic: "Anthropic"
        }
    }
}
