import Metering
import Testing

@Suite struct StreamUsageTests {
    private typealias Fixture = UsageFixture

    private static let text = #"{"choices":[{"delta":{"content":"hello"}}]}"#
    private static let first =
        #"{"choices":[],"usage":{"prompt_tokens":1816,"completion_tokens":64,"total_tokens":1880,"prompt_tokens_details":{"cached_tokens":1792}}}"#
    private static let start =
        #"{"type":"message_start","message":{"usage":{"input_tokens":1000,"cache_read_input_tokens":20000,"cache_creation_input_tokens":500,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":500},"output_tokens":8}}}"#

    /// Streams, what they mean, and their flags.
    @Test(
        arguments: [
            // Zeros erase nothing.
            (
                [
                    text, first,
                    #"{"choices":[],"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0,"cost":0.02}}"#,
                ],
                Operation.chatCompletions, Usage(input: 24, output: 64, cacheRead: 1792), UsageFlags([])
            ),
            (
                [
                    start,
                    #"{"type":"message_delta","usage":{"input_tokens":0,"cache_read_input_tokens":0,"cache_creation_input_tokens":0,"output_tokens":200}}"#,
                ],
                .messages, Usage(input: 1000, output: 200, cacheRead: 20000, cacheWrite1h: 500), []
            ),
            // The last value counts, and values are never added.
            (
                [first, #"{"choices":[],"usage":{"prompt_tokens":1816,"completion_tokens":70}}"#],
                .chatCompletions, Usage(input: 24, output: 70, cacheRead: 1792), []
            ),
            (
                [
                    start, #"{"type":"message_delta","usage":{"output_tokens":90}}"#,
                    #"{"type":"message_delta","usage":{"output_tokens":8000}}"#,
                ],
                .messages, Usage(input: 1000, output: 8000, cacheRead: 20000, cacheWrite1h: 500), []
            ),
            // A split that moves between lifetimes: the earlier one stands.
            (
                [
                    start,
                    #"{"type":"message_delta","usage":{"cache_creation_input_tokens":500,"cache_creation":{"ephemeral_5m_input_tokens":500,"ephemeral_1h_input_tokens":0},"output_tokens":9}}"#,
                ],
                .messages, Usage(input: 1000, output: 9, cacheRead: 20000, cacheWrite1h: 500), .cacheSplitContradicts
            ),
            (
                [
                    start,
                    #"{"type":"message_delta","usage":{"cache_creation":{"ephemeral_5m_input_tokens":200,"ephemeral_1h_input_tokens":300},"output_tokens":9}}"#,
                ],
                .messages, Usage(input: 1000, output: 9, cacheRead: 20000, cacheWrite1h: 500), .cacheSplitContradicts
            ),
            (
                [
                    start,
                    #"{"type":"message_delta","usage":{"cache_creation_input_tokens":700,"cache_creation":{"ephemeral_5m_input_tokens":200,"ephemeral_1h_input_tokens":500},"output_tokens":9}}"#,
                ],
                .messages, Usage(input: 1000, output: 9, cacheRead: 20000, cacheWrite5m: 200, cacheWrite1h: 500), []
            ),
            // Searches that no usage reports.
            (
                [
                    #"{"type":"response.output_item.added","item":{"type":"web_search_call","action":{"type":"search"}}}"#,
                    #"{"type":"response.output_item.done","item":{"type":"web_search_call","action":{"type":"search"}}}"#,
                    #"{"type":"response.completed","response":{"service_tier":"default","output":[{"type":"web_search_call","action":{"type":"search"}}],"usage":{"input_tokens":3,"output_tokens":4}}}"#,
                ],
                .responses, Usage(input: 3, output: 4).with([.webSearch: 1]), []
            ),
        ] as [([String], Operation, Usage, UsageFlags)])
    func `the last cumulative value counts, wherever the stream is split`(
        events: [String], operation: Operation, usage: Usage, flags: UsageFlags
    ) {
        for pieces in [1, 2, 3, 7, 64, 1000, Int.max] {
            let metered = Fixture.stream(events, operation, pieces: pieces).meter.usage
            #expect(metered?.usage == usage && metered?.flags == flags, "in pieces of \(pieces) bytes")
        }
    }

    @Test(arguments: [
        (
            #"{"choices":[{"index":0,"delta":{},"finish_reason":"stop","usage":{"prompt_tokens":10,"completion_tokens":4}}]}"#,
            #"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#
        ),
        (
            #"{"choices":[{"usage":{"prompt_tokens":10,"completion_tokens":4,"cost":1},"delta":{"content":"x"}}]}"#,
            #"{"choices":[{"delta":{"content":"x"}}]}"#
        ),
        (
            #"{"choices":[{"delta":{"content":"x"},"usage":{"prompt_tokens":10,"completion_tokens":4}}],"usage":null}"#,
            #"{"choices":[{"delta":{"content":"x"}}]}"#
        ),
    ])
    func `usage in a choice counts, and who did not ask for usage sees none`(event: String, shown: String) {
        let (meter, relayed) = Fixture.stream([event], .chatCompletions, drops: true)
        #expect(meter.usage?.usage == Usage(input: 10, output: 4) && relayed == "data: \(shown)\n\n")
        #expect(Fixture.stream([event.replacing(#","cost":1"#, with: "")], .chatCompletions).relayed.contains("usage"))
    }

    @Test(arguments: [
        ([Self.text], Operation.chatCompletions, false), ([Self.text, "[DONE]"], .chatCompletions, true),
        ([#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#], .chatCompletions, true),
        ([#"{"choices":[{"delta":{},"finish_reason":null}]}"#], .chatCompletions, false),
        ([Self.start], .messages, false),
        ([Self.start, #"{"type":"message_delta","delta":{"stop_reason":"end_turn"}}"#], .messages, true),
        ([#"{"type":"response.created","response":{"status":"in_progress"}}"#], .responses, false),
        ([#"{"type":"response.incomplete","response":{}}"#], .responses, true),
    ])
    func `knows whether a stream said why it stopped`(events: [String], operation: Operation, hasFinished: Bool) {
        #expect(Fixture.stream(events, operation).meter.hasFinished == hasFinished)
    }

    @Test func `what a stream without usage shows is known for estimates`() {
        let search = #"{"type":"content_block_start","content_block":{"type":"server_tool_use","name":"web_search"}}"#
        let (meter, _) = Fixture.stream([search, search], .messages)
        #expect(meter.usage == nil && meter.observed.usage == Usage.zero.with([.webSearch: 2]))
    }
}
