/// Responses of the Anthropic protocol.
extension DemoRequest {
    private var cacheCounts: String {
        #""cache_creation_input_tokens":\#(cached5m + cached1h),"cache_read_input_tokens":0"#
    }

    /// Input tokens that are not written to a prompt cache.
    private var freshTokens: Int { max(0, promptTokens - cached5m - cached1h) }

    private func fullUsage(output: Int) -> String {
        #"{"input_tokens":\#(freshTokens),\#(cacheCounts),"cache_creation":{"ephemeral_5m_input_tokens":\#(cached5m),"ephemeral_1h_input_tokens":\#(cached1h)},"output_tokens":\#(output),"service_tier":"standard"\#(cost)}"#
    }

    private var stopReason: String { isTruncated ? "max_tokens" : "end_turn" }

    func message() -> String {
        #"{"id":"msg_\#(fingerprint)","type":"message","role":"assistant","model":"\#(model)","content":[{"type":"text","text":"\#(text)"}],"stop_reason":"\#(stopReason)","stop_sequence":null\#(usageMember(fullUsage(output: outputTokens)))}"#
    }

    func messageEvents() -> [String] {
        func event(_ type: String, _ members: String = "") -> String {
            "event: \(type)\ndata: " + #"{"type":"\#(type)"\#(members)}"# + "\n\n"
        }
        let start =
            #","message":{"id":"msg_\#(fingerprint)","type":"message","role":"assistant","model":"\#(model)","content":[],"stop_reason":null,"stop_sequence":null\#(usageMember(fullUsage(output: 1)))}"#
        var events = [
            event("message_start", start),
            event("content_block_start", #","index":0,"content_block":{"type":"text","text":""}"#), event("ping"),
        ]
        for (index, word) in words.enumerated() {
            events.append(
                event(
                    "content_block_delta",
                    #","index":0,"delta":{"type":"text_delta","text":"\#(index == 0 ? word : " " + word)"}"#))
        }
        events.append(event("content_block_stop", #","index":0"#))
        let usage =
            #"{"input_tokens":\#(freshTokens),\#(cacheCounts),"output_tokens":\#(outputTokens)\#(cost)}"#
        events.append(
            event(
                "message_delta",
                #","delta":{"stop_reason":"\#(stopReason)","stop_sequence":null}\#(usageMember(usage))"#))
        events.append(event("message_stop"))
        return events
    }
}
