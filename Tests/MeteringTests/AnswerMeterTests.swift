import Metering
import Testing

@Suite struct AnswerMeterTests {
    private func examine(_ body: String, _ operation: Operation = .chatCompletions, limit: Int64 = 100_000)
        -> PlainAnswer
    {
        let bytes = Array(body.utf8)
        return AnswerMeter.examine(bytes.span, operation: operation, counting: CountingRules(contextLimit: limit))
    }

    /// Returns the body as the client gets it.
    private func shown(_ body: String) -> String {
        var bytes = Array(body.utf8)
        for cut in examine(body).cuts.reversed() { bytes.removeSubrange(cut) }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func `cached input and cache writes are parts of the prompt`() {
        let answer = examine(
            #"{"choices":[{"message":{"content":"Hello"}}],"usage":{"prompt_tokens":100,"completion_tokens":20,"total_tokens":120,"prompt_tokens_details":{"cached_tokens":30,"cache_write_tokens":10},"completion_tokens_details":{"reasoning_tokens":5}}}"#
        )
        #expect(answer.usage?.usage == Usage(input: 60, output: 20, cacheRead: 30, cacheWrite5m: 10))
        #expect(answer.textBytes == 5 && !answer.isError)
    }

    @Test func `responses and embeddings report under their own names`() {
        let response = examine(
            #"{"error":null,"usage":{"input_tokens":8,"input_tokens_details":{"cached_tokens":2},"output_tokens":3,"total_tokens":11}}"#,
            .responses)
        #expect(response.usage?.usage == Usage(input: 6, output: 3, cacheRead: 2) && !response.isError)
        let embedding = examine(#"{"data":[],"usage":{"prompt_tokens":8,"total_tokens":8}}"#, .embeddings)
        #expect(embedding.usage?.usage == Usage(input: 8))
    }

    @Test(
        arguments: [
            (
                #""cache_creation_input_tokens":30,"cache_creation":{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":20}"#,
                10, 20
            ),
            (#""cache_creation_input_tokens":30"#, 30, 0),
            (#""cache_creation_input_tokens":30,"cache_creation":{"ephemeral_1h_input_tokens":20}"#, 10, 20),
        ] as [(String, Int64, Int64)])
    func `cache writes are split by their lifetime`(members: String, short: Int64, long: Int64) {
        let answer = examine(
            #"{"usage":{"input_tokens":5,"cache_read_input_tokens":7,"output_tokens":9,\#(members)}}"#, .messages)
        #expect(
            answer.usage?.usage
                == Usage(input: 5, output: 9, cacheRead: 7, cacheWrite5m: short, cacheWrite1h: long))
    }

    @Test func `absurd counts are clamped and flagged`() {
        let answer = examine(#"{"usage":{"prompt_tokens":-5,"completion_tokens":99999999999999999999}}"#, limit: 1000)
        #expect(answer.usage == MeteredUsage(Usage(output: 1000), flags: .clamped))
    }

    @Test(
        arguments: [
            ("0.00014", 140_000), ("1.4e-4", 140_000), ("0.0000000001", 1), ("2", 2_000_000_000),
            ("1E1", 10_000_000_000),
        ] as [(String, Int64)])
    func `reads what the upstream says that it cost, rounded up`(digits: String, nanos: Int64) {
        let answer = examine(#"{"usage":{"prompt_tokens":1,"cost":\#(digits)}}"#)
        #expect(answer.usage?.upstreamCostNanoUSD == nanos)
    }

    @Test(arguments: [
        (#"{"usage":{"cost":1,"prompt_tokens":1}}"#, #"{"usage":{"prompt_tokens":1}}"#),
        (#"{"usage":{"prompt_tokens":1,"cost":1}}"#, #"{"usage":{"prompt_tokens":1}}"#),
        (#"{"usage":{"a":1, "cost":1 , "is_byok":true, "b":2}}"#, #"{"usage":{"a":1, "b":2}}"#),
        (#"{"usage":{"cost":1,"cost_details":{"x":[1]}}}"#, #"{"usage":{}}"#),
        (#"{"usage":{"co\u0073t":1,"prompt_tokens":1}}"#, #"{"usage":{"prompt_tokens":1}}"#),
        (#"{"usage":{"details":{"upstream_inference_cost":1,"n":2}},"x":1}"#, #"{"usage":{"details":{"n":2}},"x":1}"#),
        (#"{"total_cost":1,"usage":{"cost":2},"balance":3}"#, #"{"usage":{}}"#),
        (
            #"{"choices":[{"message":{"content":"the cost","tool_calls":[{"cost":1}]}}]}"#,
            #"{"choices":[{"message":{"content":"the cost","tool_calls":[{"cost":1}]}}]}"#
        ),
    ])
    func `cuts out what names the upstream's price and nothing else`(body: String, expected: String) {
        #expect(shown(body) == expected)
    }

    @Test func `errors in a 200 are errors, and what is not JSON is text`() {
        #expect(examine(#"{"error":{"message":"x"}}"#).isError)
        #expect(examine(#"{"type":"error","error":{}}"#, .messages).isError)
        let garbage = examine("<html>")
        #expect(garbage.usage == nil && !garbage.isError && garbage.textBytes == 6)
    }
}
