/// The events that end a stream in place of the upstream.
enum OpenAIClosing {
    /// See ``ProtocolRules/closing(_:_:usage:showsUsage:choices:)``.
    static func events(
        _ frame: StreamFrame, _ operation: Operation, usage: Usage, showsUsage: Bool, choices: Int64
    ) -> String {
        operation == .responses
            ? closingResponse(frame, usage)
            : closingChunks(frame, operation, usage, showsUsage: showsUsage, choices: choices)
    }

    private static func closingChunks(
        _ frame: StreamFrame, _ operation: Operation, _ usage: Usage, showsUsage: Bool, choices: Int64
    ) -> String {
        let names = ["id", "object", "created", "model"]
        let common = frame.headMembers().filter { names.contains($0.name) }.map { "\"\($0.name)\":\($0.value)," }
            .joined()
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

    /// Members of a response that its closing event repeats: any other may tell the client too much.
    private static let responseMembers: Set<String> = [
        "id", "object", "created_at", "error", "instructions", "max_output_tokens", "metadata", "model", "output",
        "parallel_tool_calls", "previous_response_id", "reasoning", "store", "temperature", "text", "tool_choice",
        "tools", "top_p", "truncation", "user",
    ]

    /// Returns members of a response that a closing event repeats: the first event carries the response as it was begun.
    private static func begunResponse(_ frame: StreamFrame, but excluded: Set<String> = []) -> String {
        let begun = frame.headMembers().first { $0.name == "response" }.map {
            StreamFrame.members(Array($0.value.utf8))
        }
        return (begun ?? []).filter { responseMembers.contains($0.name) && !excluded.contains($0.name) }
            .map { "\"\($0.name)\":\($0.value)," }.joined()
    }

    /// Returns the event that ends a stream of the Responses API with an error. Clients of this API ignore others: Codex waits
    /// for the end of a stream whose `error` event it has read.
    static func failedResponse(_ error: ProtocolError, _ frame: StreamFrame) -> String {
        let code = JSONText.quoted(error.code ?? error.type ?? "server_error")
        let failure = #"{"code":\#(code),"message":\#(JSONText.quoted(error.message))}"#
        let response =
            "{\(begunResponse(frame, but: ["error"]))\"status\":\"failed\",\"error\":\(failure),"
            + "\"incomplete_details\":null,\"usage\":null}"
        return "event: response.failed\ndata: {\"type\":\"response.failed\","
            + "\"sequence_number\":\(frame.sequence + 1),\"response\":\(response)}\n\n"
    }

    private static func closingResponse(_ frame: StreamFrame, _ usage: Usage) -> String {
        let kept = begunResponse(frame)
        let used =
            #"{"input_tokens":\#(usage.allInput),"input_tokens_details":{"cached_tokens":\#(usage.cacheRead)},"#
            + #""output_tokens":\#(usage.output),"output_tokens_details":{"reasoning_tokens":0},"#
            + #""total_tokens":\#(usage.allInput + usage.output)}"#
        let response =
            "{\(kept)\"status\":\"incomplete\",\"incomplete_details\":{\"reason\":\"max_output_tokens\"},\"usage\":\(used)}"
        return "event: response.incomplete\ndata: {\"type\":\"response.incomplete\","
            + "\"sequence_number\":\(frame.sequence + 1),\"response\":\(response)}\n\n"
    }
}
