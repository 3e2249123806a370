/// The protocols that clients and upstreams speak. This list is the only place that names them all: a further protocol is
/// a folder beside this file and a line in each part of it.
public enum UpstreamProtocol: Int, Hashable, Sendable, CaseIterable {
    /// OpenAI: chat completions, completions, responses, embeddings, moderations, images, models.
    case openAI = 1
    /// Anthropic: messages, token counting, models.
    case anthropic = 2
    /// Gemini: generation of content, token counting, embeddings, models.
    case gemini = 3

    /// The rules of the protocol, for what is looked up a few times for each request at most.
    var rules: any ProtocolRules.Type {
        switch self {
        case .openAI: OpenAI.self
        case .anthropic: Anthropic.self
        case .gemini: Gemini.self
        }
    }
}

extension AnswerScan {
    /// Scans one JSON object of an answer by the rules of a protocol, and returns the position behind it. Runs for every
    /// event of a stream: the rules are bound here at compile time.
    mutating func scan(
        _ upstreamProtocol: UpstreamProtocol, _ bytes: Span<UInt8>, _ start: Int
    ) throws(JSONFault) -> Int {
        switch upstreamProtocol {
        case .openAI: try scan(OpenAI.self, bytes, start)
        case .anthropic: try scan(Anthropic.self, bytes, start)
        case .gemini: try scan(Gemini.self, bytes, start)
        }
    }
}
