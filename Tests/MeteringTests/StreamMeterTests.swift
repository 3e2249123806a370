import Metering
import Testing

@Suite struct StreamMeterTests {
    @Test func `stops behind the event that goes beyond its allowance`() {
        let event = #"data: {"choices":[{"delta":{"content":"12345678"}}]}"# + "\n\n"
        let bytes = Array((event + event + event).utf8)
        var meter = StreamMeter(
            operation: .chatCompletions, dropUsageEvent: false, counting: CountingRules(contextLimit: 100))
        let first = meter.examine(bytes.span, allowance: 10)
        #expect(first.isOverAllowance && first.consumed == 2 * event.utf8.count && meter.textBytes == 16)
        let rest = Array(bytes[first.consumed...])
        let second = meter.examine(rest.span, allowance: 24)
        #expect(second.consumed == event.utf8.count && !second.isOverAllowance)
    }

    @Test func `closes a message whose block is open, and one whose block is not`() {
        let start = #"data: {"type":"message_start"}"# + "\n\n"
        let open = #"data: {"type":"content_block_start","index":3}"# + "\n\n"
        let stop = #"data: {"type":"content_block_stop","index":3}"# + "\n\n"
        for (stream, blocks) in [(start, 0), (start + open, 1), (start + open + stop, 0)] {
            var meter = StreamMeter(
                operation: .messages, dropUsageEvent: false, counting: CountingRules(contextLimit: 100))
            _ = meter.examine(Array(stream.utf8).span)
            let closing = meter.closing(usage: Usage(output: 9), choices: 1)
            #expect(closing.split(separator: #""index":3"#).count - 1 == blocks)
            #expect(closing.contains(#""stop_reason":"max_tokens""#) && closing.contains(#""output_tokens":9"#))
            #expect(closing.hasSuffix("data: {\"type\":\"message_stop\"}\n\n"))
        }
    }

    @Test func `what closes a stream repeats its names and no price`() {
        let first =
            #"data: {"id":"x","object":"chat.completion.chunk","created":7,"model":"m","cost":1,"choices":[]}"# + "\n\n"
        var meter = StreamMeter(
            operation: .chatCompletions, dropUsageEvent: true, counting: CountingRules(contextLimit: 100))
        _ = meter.examine(Array(first.utf8).span)
        let closing = meter.closing(usage: Usage(input: 1, output: 2), choices: 1)
        #expect(
            closing
                == #"data: {"id":"x","object":"chat.completion.chunk","created":7,"model":"m","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"length"}]}"#
                + "\n\ndata: [DONE]\n\n")
    }

    /// Runs a stream through a meter in pieces of a size; returns the meter and what the client gets.
    private func relay(
        _ stream: String, _ operation: Operation, drops: Bool = false, pieces: Int = .max
    ) -> (StreamMeter, String) {
        var meter = StreamMeter(
            operation: operation, dropUsageEvent: drops, counting: CountingRules(contextLimit: 100_000))
        let (relayed, unfinished) = UsageFixture.relay(stream, through: &meter, pieces: pieces)
        return (meter, relayed + unfinished)
    }

    private let chat = """
        : comment

        data: {"choices":[{"delta":{"role":"assistant","content":""}}],"usage":null}

        data: {"choices":[{"delta":{"content":"Hello"}}],"usage":null}

        data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13,"cost":0.1}}

        data: [DONE]


        """

    private let messages = """
        event: message_start
        data: {"type":"message_start","message":{"content":[],"usage":{"input_tokens":5,"cache_creation_input_tokens":30,"cache_creation":{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":20},"output_tokens":1}}}

        event: content_block_delta
        data: {"type":"content_block_delta","delta":{"type":"text_delta","text":"Hello"}}

        event: message_delta
        data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"cache_creation_input_tokens":30,"output_tokens":7}}

        event: message_delta
        data: {"type":"message_delta","delta":{},"usage":{"output_tokens":9}}

        event: message_stop
        data: {"type":"message_stop"}


        """

    @Test func `a client that did not ask for usage sees none`() {
        let (meter, relayed) = relay(chat, .chatCompletions, drops: true)
        #expect(!relayed.contains("usage") && relayed.hasSuffix("data: [DONE]\n\n"))
        #expect(relayed.contains(#"data: {"choices":[{"delta":{"content":"Hello"}}]}"# + "\n\n"))
        #expect(meter.usage?.usage == Usage(input: 9, output: 4) && meter.hasEnded && meter.textBytes == 5)
    }

    @Test func `a client that asked for usage sees it without the price`() {
        let (_, relayed) = relay(chat, .chatCompletions)
        #expect(relayed == chat.replacing(#","cost":0.1"#, with: ""))
    }

    @Test func `the last cumulative value wins and the split of cache writes is kept`() {
        let (meter, relayed) = relay(messages, .messages)
        #expect(relayed == messages)
        #expect(meter.usage?.usage == Usage(input: 5, output: 9, cacheWrite5m: 10, cacheWrite1h: 20))
        #expect(meter.hasEnded && !meter.errorSeen)
    }

    @Test(arguments: ["response.completed", "response.incomplete", "response.failed"])
    func `usage is read from every terminal event of the Responses API`(type: String) {
        let stream = """
            data: {"type":"response.output_text.delta","delta":"Hello"}

            data: {"type":"response.output_text.done","text":"Hello"}

            data: {"type":"\(type)","response":{"output":[],"usage":{"input_tokens":3,"output_tokens":4,"cost":1}}}


            """
        let (meter, relayed) = relay(stream, .responses)
        #expect(meter.usage?.usage == Usage(input: 3, output: 4) && meter.hasEnded && meter.textBytes == 5)
        #expect(!relayed.contains("cost"))
    }

    @Test(arguments: ["\n", "\r\n", "\r"])
    func `results do not depend on where a stream is split`(lineEnd: String) {
        for (stream, operation) in [(chat, Operation.chatCompletions), (messages, .messages)] {
            // A last line end: a lone CR at the end might have been half of a CR LF.
            let bytes = stream.replacing("\n", with: lineEnd) + lineEnd
            let (whole, expected) = relay(bytes, operation, drops: true)
            #expect(whole.hasEnded)
            for size in 1...40 {
                let (meter, relayed) = relay(bytes, operation, drops: true, pieces: size)
                #expect(relayed == expected && meter.usage == whole.usage && meter.textBytes == whole.textBytes)
                #expect(meter.hasEnded)
            }
        }
    }

    @Test func `usage that comes with the last content is metered and hidden`() {
        let stream =
            #"data: {"choices":[{"delta":{"content":"x"}}],"usage":{"prompt_tokens":1,"completion_tokens":2}}"# + "\n\n"
        let (meter, relayed) = relay(stream, .chatCompletions, drops: true)
        #expect(meter.usage?.usage == Usage(input: 1, output: 2))
        #expect(relayed == #"data: {"choices":[{"delta":{"content":"x"}}]}"# + "\n\n")
    }

    @Test func `data over several lines is metered, and goes as a whole where it names a price`() {
        let stream =
            "data: {\"choices\":[],\ndata: \"usage\":{\"prompt_tokens\":1,\"cost\":1}}\n\ndata: {\"a\":\ndata: 1}\n\n"
        let (meter, relayed) = relay(stream, .chatCompletions)
        #expect(meter.usage?.usage == Usage(input: 1) && relayed == "data: {\"a\":\ndata: 1}\n\n")
    }

    @Test(arguments: [
        "data: {\"error\":{\"message\":\"x\"}}\n\n", "event: error\ndata: {\"type\":\"error\",\"error\":{}}\n\n",
    ])
    func `errors inside a stream are seen`(event: String) {
        #expect(relay(event, .messages).0.errorSeen)
    }

    @Test(arguments: ["9223372036854775807", "99999999999999999999999"])
    func `a stream can be closed whatever number its last event has`(number: String) {
        let event = #"data: {"type":"response.created","sequence_number":\#(number),"response":{"id":"r"}}"# + "\n\n"
        let (meter, relayed) = relay(event, .responses)
        #expect(relayed == event)
        #expect(meter.closing(usage: .zero, choices: 1).contains(#""sequence_number":9223372036854775807,"#))
    }

    @Test func `foreign bytes are relayed as they are`() {
        let stream = "\u{FEFF}data: not json\n\nid: 7\nretry: 5\n\ndata:{\"choices\":[\n\ndata:\n\n"
        let (meter, relayed) = relay(stream, .chatCompletions, drops: true)
        #expect(relayed == stream && meter.usage == nil)
    }
}
