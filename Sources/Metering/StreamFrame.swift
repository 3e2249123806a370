/// What a stream has opened, so that it can be closed by somebody else than the upstream.
struct StreamFrame: Sendable {
    /// First events are small; more than this is not kept, in bytes.
    private static let largestHead = 64 << 10

    /// The data of the first event: it names what all others repeat.
    private var head: [UInt8] = []
    /// The block of an Anthropic message that is being written.
    private var openBlock: Int64?
    /// The number of the last event, where events are numbered.
    private var sequence: Int64 = -1

    /// Takes note of an event.
    mutating func follow(_ scan: AnswerScan, _ data: Span<UInt8>) {
        if head.isEmpty, data.count <= Self.largestHead {
            head.reserveCapacity(data.count)
            for index in data.indices { head.append(data[index]) }
        }
        switch scan.marker {
        case .blockStart: openBlock = scan.index
        case .blockStop: openBlock = nil
        case .none, .end, .error, .image: break
        }
        // An absurd number must leave room for the one behind it.
        if let number = scan.sequence { sequence = min(number, .max - 1) }
    }

    /// Returns the events that end the stream, as the model's own limit would have ended it.
    func closing(_ operation: Operation, usage: TokenUsage, showsUsage: Bool, choices: Int64) -> String {
        switch operation {
        case .messages: closingMessage(usage)
        case .responses: closingResponse(usage)
        default: closingChunks(operation, usage, showsUsage: showsUsage, choices: choices)
        }
    }

    private func closingChunks(
        _ operation: Operation, _ usage: TokenUsage, showsUsage: Bool, choices: Int64
    ) -> String {
        let names = ["id", "object", "created", "model"]
        let common = members { names.contains($0) }.map { "\"\($0.name)\":\($0.value)," }.joined()
        let content = operation == .chatCompletions ? #""delta":{}"# : #""text":"""#
        let ends = (0..<max(1, choices)).map {
            #"{"index":\#($0),\#(content),"logprobs":null,"finish_reason":"length"}"#
        }
        var text = "data: {\(common)\"choices\":[\(ends.joined(separator: ","))]}\n\n"
        if showsUsage {
            let total = usage.allInput + usage.output
            text += "data: {\(common)\"choices\":[],\"usage\":{\"prompt_tokens\":\(usage.allInput),"
            text += "\"completion_tokens\":\(usage.output),\"total_tokens\":\(total)}}\n\n"
        }
        return text + "data: [DONE]\n\n"
    }

    private func closingMessage(_ usage: TokenUsage) -> String {
        func event(_ type: String, _ rest: String = "") -> String {
            "event: \(type)\ndata: {\"type\":\"\(type)\"\(rest)}\n\n"
        }
        let stop =
            #","delta":{"stop_reason":"max_tokens","stop_sequence":null},"usage":{"output_tokens":\#(usage.output)}"#
        return (openBlock.map { event("content_block_stop", ",\"index\":\($0)") } ?? "") + event("message_delta", stop)
            + event("message_stop")
    }

    private func closingResponse(_ usage: TokenUsage) -> String {
        // The first event carries the response as it was begun; what is not named here may tell the client too much.
        let names: Set<String> = [
            "id", "object", "created_at", "error", "instructions", "max_output_tokens", "metadata", "model", "output",
            "parallel_tool_calls", "previous_response_id", "reasoning", "store", "temperature", "text", "tool_choice",
            "tools", "top_p", "truncation", "user",
        ]
        let begun = members { $0 == "response" }.first.map { Self.members(Array($0.value.utf8)) } ?? []
        let kept = begun.filter { names.contains($0.name) }.map { "\"\($0.name)\":\($0.value)," }.joined()
        let used =
            #"{"input_tokens":\#(usage.allInput),"input_tokens_details":{"cached_tokens":\#(usage.cacheRead)},"#
            + #""output_tokens":\#(usage.output),"output_tokens_details":{"reasoning_tokens":0},"#
            + #""total_tokens":\#(usage.allInput + usage.output)}"#
        let response =
            "{\(kept)\"status\":\"incomplete\",\"incomplete_details\":{\"reason\":\"max_output_tokens\"},\"usage\":\(used)}"
        return "event: response.incomplete\ndata: {\"type\":\"response.incomplete\","
            + "\"sequence_number\":\(sequence + 1),\"response\":\(response)}\n\n"
    }

    private func members(where isWanted: (String) -> Bool) -> [(name: String, value: String)] {
        Self.members(head).filter { isWanted($0.name) }
    }

    /// Returns the members of an object, each value as it stands there.
    private static func members(_ object: [UInt8]) -> [(name: String, value: String)] {
        var members: [(String, String)] = []
        let bytes = object.span
        let start = JSONScanner.skipWhitespace(bytes, 0)
        guard JSONScanner.isObject(bytes, at: start) else { return [] }
        let end = try? JSONScanner.walkObject(bytes, start) { (key, value) throws(JSONFault) in
            let end = try JSONScanner.skipValue(bytes, value, depth: 1)
            if let name = JSONScanner.string(bytes, at: key) {
                members.append((name, String(decoding: object[value..<end], as: UTF8.self)))
            }
            return end
        }
        return end == nil ? [] : members
    }
}
