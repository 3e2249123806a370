import Metering
import Testing

@Suite struct OpenAIUsageTests {
    typealias Fixture = UsageFixture

    /// Usages of chat, what they mean, and whether they are flagged because their total fits no convention.
    @Test(
        arguments: [
            // Everything is a part of prompt and completion.
            (
                #"{"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,"prompt_tokens_details":{"cached_tokens":40},"completion_tokens_details":{"reasoning_tokens":30}}"#,
                Usage(input: 60, output: 50, cacheRead: 40), false
            ),
            // Cached input lies beside the prompt.
            (
                #"{"prompt_tokens":479,"completion_tokens":373,"total_tokens":14164,"prompt_tokens_details":{"cached_tokens":13312}}"#,
                Usage(input: 479, output: 373, cacheRead: 13312), false
            ),
            (
                #"{"prompt_tokens":10,"completion_tokens":5,"total_tokens":65,"prompt_tokens_details":{"cached_tokens":30,"cache_write_tokens":20}}"#,
                Usage(input: 10, output: 5, cacheRead: 30, cacheWrite5m: 20), false
            ),
            // More reasoning than completion lies beside it; less of it is a part that the total counts twice.
            (
                #"{"prompt_tokens":10,"completion_tokens":5,"total_tokens":115,"completion_tokens_details":{"reasoning_tokens":100}}"#,
                Usage(input: 10, output: 105), false
            ),
            (
                #"{"prompt_tokens":10,"completion_tokens":50,"total_tokens":100,"completion_tokens_details":{"reasoning_tokens":40}}"#,
                Usage(input: 10, output: 50), false
            ),
            // A total that fits nothing never multiplies a bill.
            (#"{"prompt_tokens":10,"completion_tokens":5,"total_tokens":40}"#, Usage(input: 10, output: 5), true),
            (#"{"prompt_tokens":10,"completion_tokens":5,"total_tokens":4000}"#, Usage(input: 10, output: 5), true),
            (
                #"{"prompt_tokens":1000,"completion_tokens":10,"total_tokens":1510,"prompt_tokens_details":{"cached_tokens":500}}"#,
                Usage(input: 500, output: 10, cacheRead: 500), true
            ),
            (
                #"{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"prompt_tokens_details":{"cached_tokens":100}}"#,
                Usage(input: 10, output: 5, cacheRead: 100), true
            ),
            // No total says nothing.
            (
                #"{"prompt_tokens":10,"completion_tokens":5,"completion_tokens_details":{"reasoning_tokens":9}}"#,
                Usage(input: 10, output: 14), false
            ),
        ] as [(String, Usage, Bool)])
    func `totals decide the convention`(json: String, usage: Usage, isFlagged: Bool) {
        let expected = MeteredUsage(usage, flags: isFlagged ? .totalContradicts : [])
        #expect(Fixture.plain(usage: json, .chatCompletions) == expected)
    }

    @Test(
        arguments: [
            (#"{"prompt_tokens":10,"completion_tokens":5,"total_tokens":40}"#, 30),
            (
                #"{"prompt_tokens":10,"completion_tokens":50,"total_tokens":100,"completion_tokens_details":{"reasoning_tokens":40}}"#,
                90
            ),
            (
                #"{"prompt_tokens":10,"completion_tokens":50,"total_tokens":60,"completion_tokens_details":{"reasoning_tokens":40}}"#,
                50
            ),
            (#"{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}"#, 5),
        ] as [(String, Int64)])
    func `reasoning beside the completion is output where the model counts it so`(json: String, output: Int64) {
        let metered = Fixture.plain(usage: json, .chatCompletions, reasoning: .beside)
        #expect(metered == MeteredUsage(Usage(input: 10, output: output)))
    }

    @Test(
        arguments: [
            (
                #"{"prompt_tokens":1204,"completion_tokens":10,"total_tokens":1214,"prompt_tokens_details":{"cached_tokens":0},"prompt_cache_hit_tokens":1024,"prompt_cache_miss_tokens":180}"#,
                Usage(input: 180, output: 10, cacheRead: 1024)
            ),
            (
                #"{"completion_tokens":10,"prompt_cache_hit_tokens":1024,"prompt_cache_miss_tokens":180}"#,
                Usage(input: 180, output: 10, cacheRead: 1024)
            ),
            (
                #"{"prompt_tokens":1204,"completion_tokens":10,"prompt_cache_hit_tokens":1024}"#,
                Usage(input: 180, output: 10, cacheRead: 1024)
            ),
            (
                #"{"prompt_tokens":180,"completion_tokens":10,"prompt_cache_hit_tokens":1024,"prompt_cache_miss_tokens":180}"#,
                Usage(input: 180, output: 10, cacheRead: 1024)
            ),
            (
                #"{"prompt_tokens":1204,"completion_tokens":10,"total_tokens":1214,"cached_tokens":1024}"#,
                Usage(input: 180, output: 10, cacheRead: 1024)
            ),
            (
                #"{"prompt_tokens":1204.0,"completion_tokens":"10","total_tokens":1214,"cached_tokens":1024}"#,
                Usage(input: 180, output: 10, cacheRead: 1024)
            ),
        ] as [(String, Usage)])
    func `cache reads are read under every name`(json: String, usage: Usage) {
        #expect(Fixture.plain(usage: json, .chatCompletions) == MeteredUsage(usage))
    }

    @Test(
        arguments: [
            (
                #"{"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,"prompt_tokens_details":{"audio_tokens":60},"completion_tokens_details":{"audio_tokens":20}}"#,
                Operation.chatCompletions, Usage(input: 40, output: 30).with([.inputAudio: 60, .outputAudio: 20])
            ),
            // A token has one place: audio that was read from a cache, where the upstream says so and where not.
            (
                #"{"prompt_tokens":100,"completion_tokens":0,"total_tokens":100,"prompt_tokens_details":{"audio_tokens":60,"cached_tokens":80,"cached_tokens_details":{"audio_tokens":50}}}"#,
                .chatCompletions, Usage(input: 10, cacheRead: 80).with([.inputAudio: 10])
            ),
            (
                #"{"prompt_tokens":100,"completion_tokens":0,"total_tokens":100,"prompt_tokens_details":{"audio_tokens":60,"cached_tokens":80}}"#,
                .chatCompletions, Usage(cacheRead: 40).with([.inputAudio: 60])
            ),
            (
                #"{"prompt_tokens":326,"completion_tokens":2340,"total_tokens":2666,"completion_tokens_details":{"image_tokens":2000,"reasoning_tokens":337}}"#,
                .chatCompletions, Usage(input: 326, output: 340).with([.outputImage: 2000])
            ),
            (
                #"{"input_tokens":357,"output_tokens":6543,"total_tokens":6900,"input_tokens_details":{"text_tokens":34,"image_tokens":323},"output_tokens_details":{"text_tokens":335,"image_tokens":6208}}"#,
                .imageGenerations, Usage(input: 34, output: 335).with([.inputImage: 323, .outputImage: 6208])
            ),
            (
                #"{"input_tokens":357,"output_tokens":6543,"total_tokens":6900,"input_tokens_details":{"text_tokens":34,"image_tokens":323}}"#,
                .imageGenerations, Usage(input: 34).with([.inputImage: 323, .outputImage: 6543])
            ),
            (
                #"{"input_tokens":34,"output_tokens":6543,"total_tokens":6577,"output_tokens_details":{"text_tokens":335}}"#,
                .imageGenerations, Usage(input: 34, output: 335).with([.outputImage: 6208])
            ),
        ] as [(String, Operation, Usage)])
    func `audio and images are parts of their side`(json: String, operation: Operation, usage: Usage) {
        #expect(Fixture.plain(usage: json, operation) == MeteredUsage(usage))
    }

    @Test(
        arguments: [
            (#"{"prompt_tokens":-5,"completion_tokens":3}"#, Usage(output: 3)),
            (#"{"prompt_tokens":5,"completion_tokens":99999999999999999999}"#, Usage(input: 5, output: 1000)),
            (
                #"{"prompt_tokens":5,"completion_tokens":3,"completion_tokens_details":{"audio_tokens":70}}"#,
                Usage(input: 5).with([.outputAudio: 3])
            ),
            (
                #"{"prompt_tokens":5,"completion_tokens":3,"server_side_tool_usage_details":{"web_search_calls":5000}}"#,
                Usage(input: 5, output: 3).with([.webSearch: 1000])
            ),
        ] as [(String, Usage)])
    func `counts that cannot be are clamped and flagged`(json: String, usage: Usage) {
        #expect(Fixture.plain(usage: json, .chatCompletions, limit: 1000) == MeteredUsage(usage, flags: .clamped))
    }

    @Test(
        arguments: [
            (#","tool_usage":{"web_search":{"num_requests":3}}}}"#, [.webSearch: 3]),
            (
                #"},"tool_usage":{"web_search":{"num_requests":2},"image_gen":{"input_tokens":7,"output_tokens":9}}}"#,
                [
                    .webSearch: 2, .inputImage: 7, .outputImage: 9,
                ]
            ),
            (
                #","server_side_tool_usage_details":{"web_search_calls":1,"x_search_calls":2,"file_search_calls":4,"code_interpreter_calls":5}}}"#,
                [.webSearch: 3, .fileSearch: 4, .codeInterpreter: 5]
            ),
            (
                #"},"output":[{"type":"web_search_call","action":{"type":"search"}},{"type":"web_search_call","action":{"type":"open_page"}},{"type":"web_search_call","action":{"type":"find"}},{"type":"message","content":[]}]}"#,
                [.webSearch: 1]
            ),
            (
                #"},"output":[{"type":"file_search_call"},{"type":"code_interpreter_call","container_id":"a"},{"type":"code_interpreter_call","container_id":"a"},{"type":"code_interpreter_call","container_id":"b"}]}"#,
                [.fileSearch: 1, .codeInterpreter: 2]
            ),
        ] as [(String, [Dimension: Int64])])
    func `hosted tools count as they are reported, else as the items show them`(
        rest: String, calls: [Dimension: Int64]
    ) {
        let answer = Fixture.answer(#"{"usage":{"input_tokens":8,"output_tokens":3\#(rest)"#, .responses)
        #expect(answer.usage?.usage == Usage(input: 8, output: 3).with(calls))
    }

    @Test(
        arguments: [
            (#""default""#, ServiceTerms.Tier.standard), (#""flex""#, .flex), (#""priority""#, .priority),
            (#""scale""#, .unknown),
            // An upstream that does not say what it served served what was asked for, unless that is cheaper.
            (#""auto""#, .priority), ("null", .priority),
        ] as [(String, ServiceTerms.Tier)])
    func `the tier of the answer counts`(tier: String, expected: ServiceTerms.Tier) {
        let usage = #""usage":{"prompt_tokens":1,"completion_tokens":1}"#
        let asked = ServiceTerms(tier: .priority)
        let chat = Fixture.answer(#"{"service_tier":\#(tier),\#(usage)}"#, .chatCompletions, asked: asked)
        #expect(chat.usage?.terms == ServiceTerms(tier: expected))
        let silent = Fixture.answer("{\(usage)}", .chatCompletions, asked: ServiceTerms(tier: .flex))
        #expect(silent.usage?.terms == .standard)
    }

    @Test(
        arguments: [
            (#"{"type":"duration","seconds":12}"#, Usage.zero.with([.audioTime: 12_000])),
            (#"{"type":"duration","seconds":0.0001}"#, Usage.zero.with([.audioTime: 1])),
            (
                #"{"type":"tokens","input_tokens":30,"output_tokens":7,"total_tokens":37,"input_token_details":{"text_tokens":2,"audio_tokens":28}}"#,
                Usage(input: 2, output: 7).with([.inputAudio: 28])
            ),
        ] as [(String, Usage)])
    func `transcriptions are metered by time or by tokens`(json: String, usage: Usage) {
        #expect(Fixture.plain(usage: json, .chatCompletions)?.usage == usage)
    }

    @Test(
        arguments: [
            (#""cost":0.02"#, 20_000_000), (#""cost":"0.02""#, 20_000_000), (#""cost_in_usd_ticks":25"#, 3),
            (#""cost":0.01,"is_byok":true,"cost_details":{"upstream_inference_cost":0.5}"#, 510_000_000),
            (#""cost":0.01,"is_byok":false,"cost_details":{"upstream_inference_cost":0.01}"#, 10_000_000),
        ] as [(String, Int64)])
    func `the upstream's own price is recorded and cut`(members: String, nanos: Int64) {
        let body = #"{"usage":{"prompt_tokens":1,\#(members)}}"#
        let answer = Fixture.answer(body, .chatCompletions)
        #expect(answer.usage?.upstreamCostNanoUSD == nanos)
        var shown = Array(body.utf8)
        for cut in answer.cuts.reversed() { shown.removeSubrange(cut) }
        #expect(String(decoding: shown, as: UTF8.self) == #"{"usage":{"prompt_tokens":1}}"#)
    }

    @Test(
        arguments: [
            #"{"choices":[{"delta":{"reasoning":"abcd","reasoning_details":[{"type":"reasoning.text","text":"abcd"}]}}]}"#,
            #"{"choices":[{"delta":{"reasoning_details":[{"text":"ab"},{"text":"cd"}],"reasoning":"abcd"}}]}"#,
            #"{"choices":[{"delta":{"reasoning":"ab","reasoning_content":"abcd","content":""}}]}"#,
            #"{"choices":[{"delta":{"reasoning":"ab","content":"cd"}}]}"#,
        ])
    func `reasoning that comes twice in one delta counts once`(event: String) {
        #expect(Fixture.stream([event], .chatCompletions).meter.textBytes == 4)
    }
}
