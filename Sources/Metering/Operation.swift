/// An operation of an upstream protocol that the gateway forwards.
public enum Operation: Int, Hashable, Sendable, CaseIterable {
    case chatCompletions = 1
    case completions = 2
    case responses = 3
    case embeddings = 4
    case moderations = 5
    case messages = 6
    case countTokens = 7
    case openAIModels = 8
    case anthropicModels = 9
    case imageGenerations = 10

    /// The protocol whose shapes the request, the answer and its errors have.
    public var upstreamProtocol: UpstreamProtocol {
        switch self {
        case .chatCompletions, .completions, .responses, .embeddings, .moderations, .openAIModels, .imageGenerations:
            .openAI
        case .messages, .countTokens, .anthropicModels: .anthropic
        }
    }

    /// The path below the upstream's base URL, which ends in `/v1`.
    public var upstreamPath: String {
        switch self {
        case .chatCompletions: "/chat/completions"
        case .completions: "/completions"
        case .responses: "/responses"
        case .embeddings: "/embeddings"
        case .moderations: "/moderations"
        case .imageGenerations: "/images/generations"
        case .messages: "/messages"
        case .countTokens: "/messages/count_tokens"
        case .openAIModels, .anthropicModels: "/models"
        }
    }

    /// Whether a request makes the model write tokens, which then have to be held for.
    public var generatesText: Bool {
        switch self {
        case .chatCompletions, .completions, .responses, .messages: true
        case .embeddings, .moderations, .countTokens, .openAIModels, .anthropicModels, .imageGenerations: false
        }
    }

    /// Whether a request may ask for its answer as a stream of events.
    public var mayStream: Bool { generatesText || self == .imageGenerations }
}
