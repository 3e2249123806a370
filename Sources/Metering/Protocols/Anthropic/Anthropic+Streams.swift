/// Streams: ending one in place of the upstream, and joining one to the plain answer.
extension Anthropic {
    static func closing(
        _ frame: StreamFrame, _ operation: Operation, usage: Usage, showsUsage: Bool, choices: Int64
    ) -> String {
        func event(_ type: String, _ rest: String = "") -> String {
            "event: \(type)\ndata: {\"type\":\"\(type)\"\(rest)}\n\n"
        }
        let stop =
            #","delta":{"stop_reason":"max_tokens","stop_sequence":null},"usage":{"output_tokens":\#(usage.output)}"#
        return (frame.openBlock.map { event("content_block_stop", ",\"index\":\($0)") } ?? "")
            + event("message_delta", stop) + event("message_stop")
    }

    static func join(_ event: JSONNode, to answer: JSONNode, _ operation: Operation) {
        AnthropicJoining.join(event, to: answer)
    }

    static func joinedAnswer(_ answer: JSONNode, _ operation: Operation) -> JSONNode? {
        AnthropicJoining.joinedAnswer(answer)
    }
}
