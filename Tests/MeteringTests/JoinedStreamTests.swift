import Testing

@testable import Metering

/// Streams that answer requests that did not ask for one.
@Suite struct JoinedStreamTests {
    @Test func `chunks become a completion`() {
        let joined = join(
            [
                #"{"id":"c","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}"#,
                #"{"id":"c","choices":[{"index":0,"delta":{"content":"Hel\"lo "}}]}"#,
                #"{"id":"c","choices":[{"index":1,"delta":{"content":"other"}},{"index":0,"delta":{"content":"\u00e9"}}]}"#,
                #"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"},{"index":1,"delta":{},"finish_reason":"length"}]}"#,
                #"{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":2}}"#,
                #"{"choices":[],"usage":{"prompt_tokens":0,"completion_tokens":0}}"#, "[DONE]",
            ], .chatCompletions)
        #expect(
            joined.text
                == #"{"id":"c","model":"m","choices":["#
                + #"{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"Hel\"lo \u00e9"}},"#
                + #"{"index":1,"message":{"content":"other","role":"assistant"},"finish_reason":"length"}],"#
                + #""usage":{"prompt_tokens":7,"completion_tokens":2},"object":"chat.completion"}"#)
        #expect(joined.meter.usage?.usage.input == 7 && joined.meter.hasEnded && joined.failure == nil)
    }

    @Test func `calls of tools are joined by their index`() {
        let joined = join(
            [
                #"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\""}}]}}]}"#,
                #"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"b","function":{"name":"g","arguments":"{}"}}]}}]}"#,
                #"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"arguments":":1}"}}]}}]}"#,
            ], .chatCompletions)
        #expect(
            joined.text?.contains(#"{"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}}"#)
                == true)
        #expect(joined.text?.contains(#"{"id":"b","function":{"name":"g","arguments":"{}"}}"#) == true)
        #expect(joined.text?.contains(#""content":null"#) == true)
    }

    @Test func `texts of completions are joined`() {
        let joined = join(
            [
                #"{"choices":[{"index":0,"text":"a"}]}"#,
                #"{"choices":[{"index":0,"text":"b","finish_reason":"stop"}]}"#,
            ],
            .completions)
        #expect(
            joined.text
                == #"{"choices":[{"index":0,"text":"ab","finish_reason":"stop"}],"object":"text_completion"}"#)
    }

    @Test(arguments: ["completed", "incomplete"])
    func `the last event of a response holds the plain answer`(type: String) {
        let joined = join(
            [
                #"{"type":"response.created","response":{"id":"r","output":[]}}"#,
                #"{"type":"response.output_text.delta","delta":"Hello"}"#,
                #"{"type":"response.\#(type)","response":{"id":"r","output":[1],"usage":{"input_tokens":3,"output_tokens":4}}}"#,
            ], .responses)
        #expect(joined.text == #"{"id":"r","output":[1],"usage":{"input_tokens":3,"output_tokens":4}}"#)
        #expect(joined.meter.usage?.usage.output == 4)
    }

    @Test func `pictures become a list`() {
        let joined = join(
            [
                #"{"type":"image_generation.partial_image","b64_json":"AA"}"#,
                #"{"type":"image_generation.completed","b64_json":"BB","created_at":5,"usage":{"input_tokens":1,"output_tokens":2}}"#,
            ], .imageGenerations)
        #expect(
            joined.text == #"{"data":[{"b64_json":"BB"}],"created":5,"usage":{"input_tokens":1,"output_tokens":2}}"#)
    }

    @Test func `events become a message`() {
        let joined = join(
            [
                #"{"type":"message_start","message":{"id":"m","content":[],"stop_reason":null,"usage":{"input_tokens":5,"cache_read_input_tokens":3,"output_tokens":1}}}"#,
                #"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}"#,
                #"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}"#,
                #"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"s"}}"#,
                #"{"type":"content_block_stop","index":0}"#,
                #"{"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}"#,
                #"{"type":"ping"}"#,
                #"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Hel"}}"#,
                #"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"lo"}}"#,
                #"{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"t","input":{}}}"#,
                #"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"a\""}}"#,
                #"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":":[1]}"}}"#,
                #"{"type":"content_block_stop","index":2}"#,
                #"{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"input_tokens":0,"cache_read_input_tokens":0,"output_tokens":9}}"#,
                #"{"type":"message_stop"}"#,
            ], .messages)
        #expect(
            joined.text
                == #"{"id":"m","content":[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"text","text":"Hello"},"#
                + #"{"type":"tool_use","id":"t","input":{"a":[1]}}],"stop_reason":"tool_use","#
                + #""usage":{"input_tokens":5,"cache_read_input_tokens":3,"output_tokens":9}}"#)
        #expect(joined.meter.usage?.usage.output == 9 && joined.meter.usage?.usage.cacheRead == 3)
    }

    @Test(arguments: [
        (#"{"error":{"code":"server_error","message":"no"}}"#, Operation.chatCompletions, 500),
        (#"{"type":"error","error":{"type":"overloaded_error","message":"no"}}"#, .messages, 529),
        (#"{"type":"error","code":"server_is_overloaded","message":"no"}"#, .responses, 503),
        (
            #"{"type":"response.failed","response":{"error":{"code":"rate_limit_exceeded","message":"no"}}}"#,
            .responses, 429
        ),
        (#"{"error":{"code":504,"message":"no"}}"#, .messages, 504), (#"{"error":"no"}"#, .chatCompletions, 502),
        (#"{"error":{"message":"no","type":"overloaded_error"}}"#, .chatCompletions, 529),
    ])
    func `an error has the status that its name stands for`(event: String, operation: Operation, status: Int) {
        let joined = join([event], operation)
        #expect(joined.failure?.status == status && joined.failure?.message == "no" && joined.failsAtOnce)
        #expect(joined.answer == nil)
    }

    @Test func `an error behind text is no failed attempt`() {
        let joined = join(
            [#"{"choices":[{"index":0,"delta":{"content":"text"}}]}"#, #"{"error":{"message":"no"}}"#], .chatCompletions
        )
        #expect(joined.failure != nil && !joined.failsAtOnce && joined.meter.textBytes == 4)
    }

    @Test(arguments: [Operation.chatCompletions, .responses, .messages, .imageGenerations])
    func `a stream without an answer is none`(operation: Operation) {
        #expect(join([#"{"type":"ping"}"#, "not json", "[1]"], operation).answer == nil)
    }

    private func join(_ events: [String], _ operation: Operation) -> JoinedStream {
        let stream = ": comment\n\n" + events.map { "data: \($0)" }.joined(separator: "\n\n")
        return JoinedStream(
            Array(stream.utf8), operation: operation, counting: CountingRules(contextLimit: .max))
    }
}

extension JoinedStream {
    fileprivate var text: String? { answer.map { String(decoding: $0, as: UTF8.self) } }
}

@Suite struct AnswerFormTests {
    @Test(arguments: [
        ("data: x", AnswerForm.events), ("event:x", .events), (": comment", .events), ("id: 1", .events),
        ("retry:5", .events), ("\n\r\ndata:", .events), ("\u{FEFF}data:", .events), ("{\"a\":1}", .json),
        (" \n[1]", .array), ("\u{FEFF}{", .json), ("", .undecided), ("\n ", .undecided), ("dat", .undecided),
        ("data", .undecided), ("e", .undecided), ("dog:", .other), ("database", .other), ("<html>", .other),
        ("\u{1F}\u{8B}", .other), ("plain", .other),
    ])
    func `the first bytes of an answer show its form`(text: String, form: AnswerForm) {
        #expect(AnswerForm.of(Array(text.utf8).span) == form)
    }
}
