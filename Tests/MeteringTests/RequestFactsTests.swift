import Metering
import Testing

@Suite struct RequestFactsTests {
    private func scan(_ body: String, _ operation: Operation = .chatCompletions) throws(RequestFault) -> RequestFacts {
        let bytes = Array(body.utf8)
        return try RequestFacts(scanning: bytes.span, for: operation)
    }

    /// Returns the body as it is forwarded.
    private func forwarded(_ body: String) throws -> String {
        let facts = try scan(body)
        return apply(facts.edits(limitingOutputTo: nil), to: body)
    }

    private func apply(_ edits: [BodyEdit], to body: String) -> String {
        var bytes = Array(body.utf8)
        for edit in edits.reversed() { bytes.replaceSubrange(edit.range, with: edit.replacement) }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(arguments: [
        (#"{"model":"m"}"#, Operation.chatCompletions, #"{"max_completion_tokens":7,"model":"m"}"#),
        (#"{"model":"m","max_tokens":null}"#, .chatCompletions, #"{"model":"m","max_tokens":7}"#),
        (
            #"{"max_completion_tokens":99,"model":"m","max_tokens" : 100 }"#, .chatCompletions,
            #"{"max_completion_tokens":7,"model":"m","max_tokens" : 7 }"#
        ),
        (#"{"model":"m","max_output_tokens":50}"#, .responses, #"{"model":"m","max_output_tokens":7}"#),
        (#"{"model":"m"}"#, .responses, #"{"max_output_tokens":7,"model":"m"}"#),
        (#"{"model":"m"}"#, .completions, #"{"max_tokens":7,"model":"m"}"#),
        (#"{"model":"m","max_tokens":50}"#, .messages, #"{"model":"m","max_tokens":7}"#),
        (
            #"{"model":"m","stream":true}"#, .chatCompletions,
            #"{"stream_options":{"include_usage":true},"max_completion_tokens":7,"model":"m","stream":true}"#
        ),
    ])
    func `puts a bound where the client's stands, or where it could`(
        body: String, operation: Operation, expected: String
    ) throws {
        #expect(apply(try scan(body, operation).edits(limitingOutputTo: 7), to: body) == expected)
    }

    @Test(arguments: [
        (
            #"{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"DATA"}}]}]}"#,
            Operation.chatCompletions
        ),
        (#"{"model":"m","input":[{"role":"user","content":[{"type":"input_image","image_url":"DATA"}]}]}"#, .responses),
        (
            #"{"model":"m","messages":[{"role":"user","content":[{"type":"tool_result","content":[{"type":"image","source":{"type":"base64","data":"DATA"}}]}]}]}"#,
            .messages
        ),
    ])
    func `the data of an image is not text, whatever its size`(body: String, operation: Operation) throws {
        let data = "data:image/png;base64," + String(repeating: "A", count: 5000)
        let facts = try scan(body.replacing("DATA", with: data), operation)
        #expect(facts.input.images == 1 && facts.input.textBytes == Int64(body.utf8.count - 4))
    }

    @Test func `data that stands where no image can is text`() throws {
        let data = "data:image/png;base64," + String(repeating: "A", count: 5000)
        for body in [
            #"{"model":"m","metadata":{"type":"image_url","image_url":{"url":"DATA"}}}"#,
            #"{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"DATA"}]}]}"#,
            #"{"model":"m","messages":[{"role":"user","content":[{"type":"text","image_url":{"url":"DATA"}}]}]}"#,
        ] {
            let whole = body.replacing("DATA", with: data)
            #expect(try scan(whole).input.textBytes == Int64(whole.utf8.count))
        }
    }

    @Test func `audio counts by its length, and tools bring instructions`() throws {
        let data = String(repeating: "A", count: 1600)
        let facts = try scan(
            #"{"model":"m","tools":[{"type":"function"}],"messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"\#(data)","format":"wav"}}]}]}"#
        )
        #expect(facts.input.audioBytes == 1600 && facts.input.describesTools && !facts.input.isOpenEnded)
    }

    @Test(arguments: [
        (
            #"{"model":"m","messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"f"}}]}]}"#,
            Operation.chatCompletions
        ),
        (#"{"model":"m","messages":[{"role":"user","content":[{"type":"document","source":{}}]}]}"#, .messages),
        (#"{"model":"m","previous_response_id":"r"}"#, .responses), (#"{"model":"m","conversation":"c"}"#, .responses),
        (#"{"model":"m","tools":[{"type":"sorcery_20250101"}]}"#, .messages),
        (#"{"model":"m","tools":[{"type":"function"},{"type":"sorcery"}]}"#, .responses),
    ])
    func `what only the upstream can see is bounded by the context alone`(body: String, operation: Operation) throws {
        #expect(try scan(body, operation).input.isOpenEnded)
    }

    @Test func `a completion that names no limit is not made longer by a bound`() throws {
        let body = #"{"model":"m"}"#
        let edits = try scan(body, .completions).edits(limitingOutputTo: 5000)
        #expect(apply(edits, to: body) == #"{"max_tokens":16,"model":"m"}"#)
    }

    @Test func `a model that is told to think needs more than that`() throws {
        let facts = try scan(
            #"{"model":"m","max_tokens":5000,"thinking":{"type":"enabled","budget_tokens":2048}}"#, .messages)
        #expect(facts.leastOutputTokens == 2049)
    }

    @Test func `reads what decides about the price`() throws {
        let facts = try scan(
            #" {"model":"gpt-5","n":3,"max_tokens":10,"max_completion_tokens":20,"messages":[{"model":"x"}]} "#)
        #expect(facts.model == "gpt-5" && facts.choices == 3 && facts.maxOutputTokens == 20 && !facts.isStreamed)
        #expect(try scan(#"{"model":"m","max_output_tokens":7}"#, .responses).maxOutputTokens == 7)
        #expect(try scan(#"{"model":"m","max_tokens":7}"#, .messages).maxOutputTokens == 7)
        #expect(try scan(#"{"model":"m","max_tokens":null}"#).maxOutputTokens == nil)
        #expect(try scan(#"{"input":"x"}"#, .moderations).model == "omni-moderation-latest")
        #expect(try scan(#"{"model":"m","system":[{"cache_control":{}}]}"#, .messages).mayWriteCache)
        #expect(try scan(#"{"model":"a\"b\u00e9\ud83d\ude00"}"#).model == "a\"bé😀")
    }

    @Test(arguments: [
        (#"{"model":"m","stream":true}"#, #"{"stream_options":{"include_usage":true},"model":"m","stream":true}"#),
        (
            #"{"model":"m","stream":true,"stream_options":null}"#,
            #"{"model":"m","stream":true,"stream_options":{"include_usage":true}}"#
        ),
        (
            #"{"model":"m","stream":true,"stream_options":{}}"#,
            #"{"model":"m","stream":true,"stream_options":{"include_usage":true}}"#
        ),
        (
            #"{"model":"m","stream":true,"stream_options":{"x":1}}"#,
            #"{"model":"m","stream":true,"stream_options":{"include_usage":true,"x":1}}"#
        ),
        (
            #"{"model":"m","stream":true,"stream_options":{"include_usage":false}}"#,
            #"{"model":"m","stream":true,"stream_options":{"include_usage":true}}"#
        ),
        (
            #"{"model":"m","stream":true,"stream_options":{"include_usage":true}}"#,
            #"{"model":"m","stream":true,"stream_options":{"include_usage":true}}"#
        ),
        (#"{"model":"m","stream":false}"#, #"{"model":"m","stream":false}"#),
    ])
    func `asks for usage where a stream does not`(body: String, expected: String) throws {
        #expect(try forwarded(body) == expected)
    }

    @Test(arguments: [
        (#"{"model":"m","model":"n"}"#, RequestFault.duplicate("model")),
        (#"{"model":"m","\u006dodel":"n"}"#, .duplicate("model")),
        (#"{"model":"m","stream":true,"stream":false}"#, .duplicate("stream")),
        (#"{}"#, .missing("model")), (#"[]"#, .notAnObject), (#""x""#, .notAnObject),
        (#"{"model":"m"}x"#, .malformed(offset: 13)), (#"{"model":"m",}"#, .malformed(offset: 13)),
        (#"{"model":"m""#, .malformed(offset: 12)), ("", .malformed(offset: 0)),
        ("{\"model\":\"a\nb\"}", .malformed(offset: 11)),
    ])
    func `refuses what could be read in two ways`(body: String, fault: RequestFault) {
        #expect(throws: fault) { try scan(body) }
    }

    @Test(arguments: [
        #"{"model":1}"#, #"{"model":""}"#, #"{"model":"m","stream":1}"#, #"{"model":"m","max_tokens":-1}"#,
        #"{"model":"m","max_tokens":1.5}"#, #"{"model":"m","n":0}"#, #"{"model":"m","n":2000}"#,
        #"{"model":"m","stream":true,"stream_options":7}"#,
    ])
    func `names the field that is wrong`(body: String) {
        #expect { try scan(body) } throws: { error in
            guard case .invalid = error as? RequestFault else { return false }
            return (error as? RequestFault)?.field != nil
        }
    }

    @Test func `deep nesting is refused, not followed`() {
        let deep = #"{"model":"m","x":"# + String(repeating: "[", count: 100_000)
        #expect(throws: RequestFault.self) { try scan(deep) }
    }

    @Test func `every cut of a valid body is refused and none crashes`() {
        let body = Array(#"{"model":"mé\u00e9","n":1,"x":[1.5e-3,true,null,{"a":"b"}],"stream":true}"#.utf8)
        for length in 0..<body.count {
            let part = Array(body[..<length])
            #expect(throws: RequestFault.self) { try RequestFacts(scanning: part.span, for: .chatCompletions) }
        }
    }

    @Test func `a compaction is read like a request for a response, and has no limit that could be lowered`() throws {
        let image = #"{"content":[{"type":"input_image","image_url":"https://x"}]}"#
        let body = #"{"model":"m","input":[\#(image)],"max_output_tokens":9}"#
        let facts = try RequestFacts(scanning: Array(body.utf8).span, for: .responsesCompact)
        #expect(facts.input.images == 1 && facts.mayWriteCache && !facts.isStreamed)
        #expect(!facts.mayLimitOutput && facts.edits(limitingOutputTo: 5).isEmpty)
        let stored = Array(#"{"model":"m","previous_response_id":"resp_1"}"#.utf8)
        #expect(try RequestFacts(scanning: stored.span, for: .responsesCompact).input.isOpenEnded)
        let response = #"{"model":"m","input":[{"type":"compaction_trigger"}]}"#
        #expect(try RequestFacts(scanning: Array(response.utf8).span, for: .responses).mayLimitOutput)
    }
}
