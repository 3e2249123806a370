import Foundation

/// Responses of the Gemini protocol.
extension DemoRequest {
    /// Returns the path of an operation and the model that the target names with it.
    static func geminiPath(_ path: String) -> (path: Path, model: String)? {
        let prefix = "/v1beta/models/"
        guard path.hasPrefix(prefix), let colon = path.lastIndex(of: ":"),
            let known = Path(rawValue: String(path[colon...])),
            let model = path[..<colon].dropFirst(prefix.count).removingPercentEncoding
        else { return nil }
        return (known, model)
    }

    private func candidate(_ index: Int, _ text: String, isLast: Bool) -> String {
        let end = isLast ? #","finishReason":"\#(isTruncated ? "MAX_TOKENS" : "STOP")""# : ""
        return #"{"content":{"parts":[{"text":"\#(text)"}],"role":"model"}\#(end),"index":\#(index)}"#
    }

    private func usageMetadata(output: Int) -> String {
        guard !switches.hidesUsage else { return "" }
        return
            #","usageMetadata":{"promptTokenCount":\#(promptTokens),"candidatesTokenCount":\#(output),"totalTokenCount":\#(promptTokens + output),"promptTokensDetails":[{"modality":"TEXT","tokenCount":\#(promptTokens)}]\#(cost)}"#
    }

    private func content(_ candidates: [String], output: Int) -> String {
        #"{"candidates":[\#(candidates.joined(separator: ","))]\#(usageMetadata(output: output)),"modelVersion":"\#(model)","responseId":"\#(fingerprint)"}"#
    }

    /// Returns the body of a plain response.
    func geminiAnswer() -> String {
        let vector = #"{"values":[0.1,-0.25,0.5,0.125]}"#
        return switch path {
        case .countContent: #"{"totalTokens":\#(promptTokens)}"#
        case .embedContent: #"{"embedding":\#(vector)}"#
        case .batchEmbed:
            #"{"embeddings":[\#(Array(repeating: vector, count: inputs).joined(separator: ","))]}"#
        default:
            content((0..<choices).map { candidate($0, text, isLast: true) }, output: outputTokens)
        }
    }

    /// Returns the events of a stream, or the elements of the array that it is.
    func geminiEvents() -> [String] {
        let objects = words.indices.map { index in
            let isLast = index == words.count - 1
            let piece = index == 0 ? words[0] : " " + words[index]
            return content(
                [candidate(0, piece, isLast: isLast)], output: isLast ? outputTokens : min(index + 1, outputTokens))
        }
        return framed(objects.isEmpty ? [content([candidate(0, "", isLast: true)], output: 0)] : objects)
    }

    /// Returns objects as a stream: as events, or as the elements of one array.
    func framed(_ objects: [String]) -> [String] {
        guard isArray else { return objects.map { "data: \($0)\r\n\r\n" } }
        return objects.enumerated().map { ($0 == 0 ? "[" : ",\r\n") + $1 } + ["\r\n]"]
    }
}
