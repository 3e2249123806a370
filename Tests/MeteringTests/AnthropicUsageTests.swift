import Metering
import Testing

@Suite struct AnthropicUsageTests {
    private func metered(_ members: String, asked: ServiceTerms = .standard) -> MeteredUsage? {
        UsageFixture.plain(usage: #"{"input_tokens":5,"output_tokens":9,\#(members)}"#, .messages, asked: asked)
    }

    @Test(
        arguments: [
            // Entries of type `message` are in the counts already.
            (
                #""iterations":[{"type":"compaction","input_tokens":180000,"output_tokens":3500},{"type":"message","input_tokens":5,"output_tokens":9}]"#,
                Usage(input: 180_005, output: 3509)
            ),
            (#""iterations":[{"type":"message","input_tokens":5,"output_tokens":9}]"#, Usage(input: 5, output: 9)),
            (
                #""iterations":[{"input_tokens":1,"output_tokens":2,"type":"compaction","cache_read_input_tokens":3,"cache_creation_input_tokens":4,"cache_creation":{"ephemeral_1h_input_tokens":4}},{"type":"compaction","input_tokens":10,"output_tokens":20}]"#,
                Usage(input: 16, output: 31, cacheRead: 3, cacheWrite1h: 4)
            ),
            (#""iterations":null"#, Usage(input: 5, output: 9)), (#""iterations":[]"#, Usage(input: 5, output: 9)),
        ] as [(String, Usage)])
    func `iterations that are not messages come on top`(members: String, usage: Usage) {
        #expect(metered(members) == MeteredUsage(usage))
    }

    @Test(
        arguments: [
            (
                #""cache_creation_input_tokens":30,"cache_creation":{"ephemeral_5m_input_tokens":30,"ephemeral_1h_input_tokens":20}"#,
                10, 20
            ),
            (
                #""cache_creation_input_tokens":30,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":90}"#,
                0, 30
            ),
            (#""cache_creation_input_tokens":30,"cache_creation":{"ephemeral_5m_input_tokens":31}"#, 30, 0),
        ] as [(String, Int64, Int64)])
    func `a split is never more than its sum`(members: String, short: Int64, long: Int64) {
        let usage = Usage(input: 5, output: 9, cacheWrite5m: short, cacheWrite1h: long)
        #expect(metered(members) == MeteredUsage(usage, flags: .cacheSplitContradicts))
    }

    @Test(
        arguments: [
            (#""service_tier":"priority","inference_geo":"us""#, ServiceTerms(tier: .priority, isResident: true)),
            (#""service_tier":"standard","inference_geo":"not_available","speed":"fast""#, ServiceTerms(isFast: true)),
            (#""service_tier":"batch","inference_geo":"global","speed":"standard""#, ServiceTerms(tier: .batch)),
            (#""service_tier":null"#, .standard),
        ] as [(String, ServiceTerms)])
    func `the terms that were served are read`(members: String, terms: ServiceTerms) {
        #expect(metered(members)?.terms == terms)
    }

    @Test func `an answer that is silent about terms has those that were asked for`() {
        let asked = ServiceTerms(isResident: true, isFast: true)
        #expect(metered(#""x":1"#, asked: asked)?.terms == asked)
        #expect(metered(#""speed":"standard","inference_geo":"global""#, asked: asked)?.terms == .standard)
    }

    @Test(
        arguments: [
            (#"{"web_search_requests":3}"#, 3), (#"{"web_search_requests":0,"web_fetch_requests":7}"#, 0), ("null", 0),
        ] as [(String, Int64)])
    func `searches are counted`(tools: String, searches: Int64) {
        let usage = metered(#""server_tool_use":\#(tools)"#)?.usage
        #expect(usage == Usage(input: 5, output: 9).with([.webSearch: searches]))
    }
}
