/// Responses of the OpenAI protocol.
extension DemoRequest {
    /// Returns the body of a plain response.
    func plain() -> String {
        switch path {
        case .chat:
            let finish = isTruncated ? "length" : "stop"
            let choice = (0..<choices).map {
                #"{"index":\#($0),"message":{"role":"assistant","content":"\#(text)","refusal":null},"logprobs":null,"finish_reason":"\#(finish)"}"#
            }.joined(separator: ",")
            return
                #"{"id":"chatcmpl-\#(fingerprint)","object":"chat.completion","created":1767225600,"model":"\#(model)","choices":[\#(choice)]\#(usageMember(openAIUsage))}"#
        case .completions:
            let choice = (0..<choices).map {
                #"{"index":\#($0),"text":"\#(text)","logprobs":null,"finish_reason":"stop"}"#
            }.joined(separator: ",")
            return
                #"{"id":"cmpl-\#(fingerprint)","object":"text_completion","created":1767225600,"model":"\#(model)","choices":[\#(choice)]\#(usageMember(openAIUsage))}"#
        case .responses: return responseObject(status: "completed", isDone: true)
        case .embeddings:
            let vector = "[0.1,-0.25,0.5,0.125]"
            let data = (0..<inputs).map { #"{"object":"embedding","index":\#($0),"embedding":\#(vector)}"# }
                .joined(separator: ",")
            return
                #"{"object":"list","data":[\#(data)],"model":"\#(model)"\#(usageMember(#"{"prompt_tokens":\#(promptTokens),"total_tokens":\#(promptTokens)\#(cost)}"#))}"#
        case .moderations:
            return
                #"{"id":"modr-\#(fingerprint)","model":"\#(model)","results":[{"flagged":false,"categories":{},"category_scores":{}}]}"#
        case .images:
            let data = (0..<choices).map { _ in #"{"b64_json":"\#(Self.pixel)"}"# }.joined(separator: ",")
            return #"{"created":1767225600,"data":[\#(data)]}"#
        case .countTokens: return #"{"input_tokens":\#(promptTokens)}"#
        case .messages: return message()
        case .models: return "{}"
        default: return geminiAnswer()
        }
    }

    /// Returns the events of a stream.
    func events() -> [String] {
        switch path {
        case .messages: messageEvents()
        case .responses: responseEvents()
        case .images: imageEvents()
        case .streamGenerate: geminiEvents()
        default: chunkEvents()
        }
    }

    /// Returns the error that ends a stream.
    func errorEvents() -> [String] {
        let error = path.shape.error(path.shape == .anthropic ? 529 : 503, "Overloaded")
        return switch path.shape {
        case .openAI: ["data: \(error)\n\n"]
        case .anthropic: ["event: error\ndata: \(error)\n\n"]
        case .gemini: isArray ? [",\r\n\(error)\r\n]"] : framed([error])
        }
    }

    /// A PNG of one pixel, in base64.
    private static let pixel =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

    private func imageEvents() -> [String] {
        let usage = #"{"input_tokens":\#(promptTokens),"output_tokens":272,"total_tokens":\#(promptTokens + 272)}"#
        return [
            "event: image_generation.partial_image\ndata: "
                + #"{"type":"image_generation.partial_image","partial_image_index":0,"b64_json":"\#(Self.pixel)"}"#
                + "\n\n",
            "event: image_generation.completed\ndata: "
                + #"{"type":"image_generation.completed","b64_json":"\#(Self.pixel)"\#(usageMember(usage))}"# + "\n\n",
        ]
    }

    /// The members that report the cost, as aggregators do.
    var cost: String {
        switches.tellsCost ? #","cost":0.00014,"is_byok":false,"cost_details":{"upstream_inference_cost":0.0001}"# : ""
    }

    func usageMember(_ usage: String) -> String {
        switches.hidesUsage ? "" : #","usage":\#(usage)"#
    }

    private var openAIUsage: String {
        #"{"prompt_tokens":\#(promptTokens),"completion_tokens":\#(outputTokens),"total_tokens":\#(promptTokens + outputTokens),"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}\#(cost)}"#
    }

    private func chunkEvents() -> [String] {
        let isChat = path == .chat
        let prefix =
            #"data: {"id":"\#(isChat ? "chatcmpl" : "cmpl")-\#(fingerprint)","object":"\#(isChat ? "chat.completion.chunk" : "text_completion")","created":1767225600,"model":"\#(model)","#
        let suffix = wantsUsage ? #","usage":null}"# : "}"
        func chunk(_ delta: String, _ finish: String = "null") -> String {
            let content = isChat ? #""delta":\#(delta)"# : #""text":\#(delta)"#
            return prefix + #""choices":[{"index":0,\#(content),"logprobs":null,"finish_reason":\#(finish)}]"# + suffix
                + "\n\n"
        }
        var events = isChat ? [chunk(#"{"role":"assistant","content":""}"#)] : []
        for (index, word) in words.enumerated() {
            let piece = "\"" + (index == 0 ? word : " " + word) + "\""
            events.append(chunk(isChat ? #"{"content":\#(piece)}"# : piece))
        }
        events.append(chunk(isChat ? "{}" : "\"\"", isTruncated ? "\"length\"" : "\"stop\""))
        if wantsUsage, !switches.hidesUsage {
            events.append(prefix + #""choices":[],"usage":\#(openAIUsage)}"# + "\n\n")
        }
        events.append("data: [DONE]\n\n")
        return events
    }

    // MARK: Responses

    private var outputItem: String {
        #"{"id":"msg_\#(fingerprint)","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"\#(text)","annotations":[],"logprobs":[]}]}"#
    }

    private func responseObject(status: String, isDone: Bool) -> String {
        let usage =
            #"{"input_tokens":\#(promptTokens),"input_tokens_details":{"cached_tokens":0},"output_tokens":\#(outputTokens),"output_tokens_details":{"reasoning_tokens":0},"total_tokens":\#(promptTokens + outputTokens)\#(cost)}"#
        let end = isDone ? usageMember(usage) : #","usage":null"#
        return
            #"{"id":"resp_\#(fingerprint)","object":"response","created_at":1767225600,"status":"\#(status)","error":null,"incomplete_details":null,"instructions":null,"model":"\#(model)","output":[\#(isDone ? outputItem : "")],"parallel_tool_calls":true,"tool_choice":"auto","tools":[],"temperature":1,"top_p":1,"metadata":{}\#(end)}"#
    }

    private func responseEvents() -> [String] {
        var events: [String] = []
        func event(_ type: String, _ members: String) {
            events.append(
                "event: \(type)\ndata: " + #"{"type":"\#(type)","sequence_number":\#(events.count),\#(members)}"#
                    + "\n\n")
        }
        let place = #""item_id":"msg_\#(fingerprint)","output_index":0,"content_index":0"#
        event("response.created", #""response":\#(responseObject(status: "in_progress", isDone: false))"#)
        event(
            "response.output_item.added",
            #""output_index":0,"item":{"id":"msg_\#(fingerprint)","type":"message","status":"in_progress","role":"assistant","content":[]}"#
        )
        event(
            "response.content_part.added",
            place + #","part":{"type":"output_text","text":"","annotations":[],"logprobs":[]}"#)
        for (index, word) in words.enumerated() {
            event(
                "response.output_text.delta",
                place + #","delta":"\#(index == 0 ? word : " " + word)","logprobs":[]"#)
        }
        event("response.output_text.done", place + #","text":"\#(text)","logprobs":[]"#)
        event(
            "response.content_part.done",
            place + #","part":{"type":"output_text","text":"\#(text)","annotations":[],"logprobs":[]}"#)
        event("response.output_item.done", #""output_index":0,"item":\#(outputItem)"#)
        event("response.completed", #""response":\#(responseObject(status: "completed", isDone: true))"#)
        return events
    }
}
