import Foundation

/// The parts of a request that determine the demo upstream's response.
struct DemoRequest {
    enum Path: String {
        case chat = "/v1/chat/completions"
        case completions = "/v1/completions"
        case responses = "/v1/responses"
        case embeddings = "/v1/embeddings"
        case moderations = "/v1/moderations"
        case images = "/v1/images/generations"
        case models = "/v1/models"
        case messages = "/v1/messages"
        case countTokens = "/v1/messages/count_tokens"
        // Of the Gemini protocol; the model stands before the colon.
        case generate = ":generateContent"
        case streamGenerate = ":streamGenerateContent"
        case countContent = ":countTokens"
        case embedContent = ":embedContent"
        case batchEmbed = ":batchEmbedContents"
        case geminiModels = "/v1beta/models"

        var shape: DemoProtocol {
            switch self {
            case .messages, .countTokens: .anthropic
            case .generate, .streamGenerate, .countContent, .embedContent, .batchEmbed, .geminiModels: .gemini
            default: .openAI
            }
        }
    }

    let path: Path
    let model: String
    let switches: DemoSwitches
    let isStreamed: Bool
    /// Whether the stream is one JSON array.
    let isArray: Bool
    let wantsUsage: Bool
    let choices: Int
    /// Number of inputs of an embedding request.
    let inputs: Int
    /// Input tokens; four bytes of text count as one.
    let promptTokens: Int
    /// Input tokens written to a prompt cache for five minutes.
    let cached5m: Int
    /// Input tokens written to a prompt cache for one hour.
    let cached1h: Int
    /// The words of the output.
    let words: [String]
    /// Hash of the body, used in identifiers of the response.
    let fingerprint: String
    /// Whether the request's output limit truncates the output.
    let isTruncated: Bool

    enum Fault: Error {
        case unreadable
        case unknownSwitch(String)
    }

    static let vocabulary = [
        "tolls", "are", "counted", "at", "the", "gate,", "each", "cart", "is", "weighed", "and", "every", "coin", "is",
        "written", "down", "before", "the", "bar", "goes", "up;", "nobody", "passes", "twice",
    ]

    /// - Parameters:
    ///   - model: The model that the path names, if it names one.
    ///   - isArray: Whether a stream is to be one JSON array.
    init(_ path: Path, body: [UInt8], model: String? = nil, isArray: Bool = false) throws(Fault) {
        self.path = path
        self.isArray = isArray
        guard let object = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any] else {
            throw .unreadable
        }
        self.model = model ?? object["model"] as? String ?? "omni-moderation-latest"
        switch DemoSwitches.parse(self.model) {
        case .success(let switches): self.switches = switches
        case .failure(let unknown): throw .unknownSwitch(unknown.word)
        }
        isStreamed = object["stream"] as? Bool ?? (path == .streamGenerate)
        wantsUsage = (object["stream_options"] as? [String: Any])?["include_usage"] as? Bool ?? false
        let config = object["generationConfig"] as? [String: Any] ?? [:]
        choices = object["n"] as? Int ?? config["candidateCount"] as? Int ?? 1
        inputs = (object["input"] as? [Any] ?? object["requests"] as? [Any])?.count ?? 1
        let content: [Any?] = [
            object["messages"], object["input"], object["prompt"], object["system"], object["instructions"],
            object["contents"], object["systemInstruction"], object["content"], object["requests"],
        ]
        var text = 0
        var cached = (short: 0, long: 0)
        for part in content { Self.count(part, text: &text, cached: &cached) }
        promptTokens = (text + 3) / 4
        cached5m = (cached.short + 3) / 4
        cached1h = (cached.long + 3) / 4
        let limits =
            ["max_completion_tokens", "max_tokens", "max_output_tokens"].compactMap { object[$0] as? Int }
            + [config["maxOutputTokens"] as? Int].compactMap { $0 }
        let length = switches.chunks ?? min(limits.first ?? .max, Self.vocabulary.count)
        words = (0..<max(0, length)).map { Self.vocabulary[$0 % Self.vocabulary.count] }
        isTruncated = length >= limits.first ?? .max
        let hash = body.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        fingerprint = String(hash, radix: 16)
    }

    /// Output tokens; a word counts as one.
    var outputTokens: Int { switches.usage ?? words.count * choices }

    var text: String { words.joined(separator: " ") }

    private static func count(_ value: Any?, text: inout Int, cached: inout (short: Int, long: Int)) {
        switch value {
        case let string as String: text += string.utf8.count
        case let array as [Any]: for element in array { count(element, text: &text, cached: &cached) }
        case let object as [String: Any]:
            var own = 0
            for (key, member) in object where key == "content" || key == "text" || key == "input" || key == "parts" {
                count(member, text: &own, cached: &cached)
            }
            text += own
            if let control = object["cache_control"] as? [String: Any] {
                if control["ttl"] as? String == "1h" { cached.long += own } else { cached.short += own }
            }
        default: break
        }
    }
}
