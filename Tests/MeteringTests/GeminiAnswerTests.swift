import Testing

@testable import Metering

@Suite struct GeminiAnswerTests {
    /// Returns what a plain answer with these members of its usage is metered as.
    private func plain(_ members: String, limit: Int64 = 1_000_000) throws -> MeteredUsage {
        let answer = UsageFixture.answer(#"{"usageMetadata":{\#(members)}}"#, .generateContent, limit: limit)
        return try #require(answer.usage)
    }

    @Test func `thoughts lie beside candidates, what was cached within the prompt, results of tools beside it`() throws
    {
        let metered = try plain(
            #""promptTokenCount":100,"cachedContentTokenCount":40,"toolUsePromptTokenCount":7,"candidatesTokenCount":20,"thoughtsTokenCount":30,"totalTokenCount":157"#
        )
        #expect(metered.usage == Usage(input: 67, output: 50, cacheRead: 40) && metered.flags == [])
    }

    @Test func `audio and images are counted apart, on both sides`() throws {
        let metered = try plain(
            #"""
            "promptTokenCount":100,"candidatesTokenCount":50,"totalTokenCount":150,
            "promptTokensDetails":[{"modality":"TEXT","tokenCount":10},{"modality":"AUDIO","tokenCount":60},{"modality":"IMAGE","tokenCount":20},{"modality":"VIDEO","tokenCount":10}],
            "candidatesTokensDetails":[{"modality":"IMAGE","tokenCount":40},{"tokenCount":5,"modality":"AUDIO"}]
            """#)
        #expect(
            metered.usage
                == Usage(input: 20, output: 5).with([
                    .inputAudio: 60, .inputImage: 20, .outputImage: 40, .outputAudio: 5,
                ]))
        #expect(metered.flags == [])
    }

    @Test func `cached audio is charged as cached`() throws {
        let metered = try plain(
            #"""
            "promptTokenCount":100,"cachedContentTokenCount":80,"candidatesTokenCount":1,
            "promptTokensDetails":[{"modality":"AUDIO","tokenCount":90}],"cacheTokensDetails":[{"modality":"AUDIO","tokenCount":75}]
            """#)
        #expect(metered.usage == Usage(input: 5, output: 1, cacheRead: 80).with([.inputAudio: 15]))
    }

    @Test(arguments: [
        // The total leaves out what tools returned.
        (
            #""promptTokenCount":10,"toolUsePromptTokenCount":5,"candidatesTokenCount":20,"totalTokenCount":30"#, 20,
            false
        ),
        // Thoughts lie within the candidates.
        (#""promptTokenCount":10,"candidatesTokenCount":20,"thoughtsTokenCount":15,"totalTokenCount":30"#, 20, false),
        // Only the total tells the candidates.
        (#""promptTokenCount":10,"thoughtsTokenCount":15,"totalTokenCount":45"#, 35, false),
        (#""promptTokenCount":10,"totalTokenCount":10"#, 0, false),
        // No way of counting leads to the total: the parts are charged.
        (#""promptTokenCount":10,"candidatesTokenCount":20,"totalTokenCount":3000"#, 20, true),
    ])
    func `the total decides what the counts mean`(members: String, output: Int64, contradicts: Bool) throws {
        let metered = try plain(members)
        #expect(metered.usage.output == output && metered.flags.contains(.totalContradicts) == contradicts)
    }

    @Test func `counts that cannot be are limited and flagged`() throws {
        let metered = try plain(
            #""promptTokenCount":10,"cachedContentTokenCount":11,"candidatesTokenCount":-4,"thoughtsTokenCount":5000"#,
            limit: 1000)
        #expect(metered.usage == Usage(output: 1000, cacheRead: 10) && metered.flags == .clamped)
    }

    @Test(arguments: [
        ("flex", ServiceTerms.Tier.flex), ("PRIORITY", .priority), ("standard", .standard), ("x", .unknown),
    ])
    func `the tier that was served is read`(name: String, tier: ServiceTerms.Tier) throws {
        #expect(try plain(#""promptTokenCount":1,"serviceTier":"\#(name)""#).terms.tier == tier)
    }

    @Test func `searches that an answer is grounded on are counted`() {
        let grounding = #""groundingMetadata":{"webSearchQueries":["a","b"],"groundingChunks":[{}]}"#
        let answer =
            #"{"candidates":[{"content":{"parts":[{"text":"x"}]},\#(grounding)},{\#(grounding)}],"usageMetadata":{"promptTokenCount":1}}"#
        #expect(UsageFixture.answer(answer, .generateContent).usage?.usage[.webSearch] == 4)
        // Each event repeats what the earlier ones said.
        let event = #"{"candidates":[{\#(grounding)}],"usageMetadata":{"promptTokenCount":1}}"#
        let (meter, _) = UsageFixture.stream([event, event], .streamGenerateContent)
        #expect(meter.usage?.usage[.webSearch] == 2)
    }

    @Test func `a blocked prompt costs its input`() {
        let answer = UsageFixture.answer(
            #"{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":9,"totalTokenCount":9}}"#,
            .generateContent)
        #expect(answer.usage?.usage == Usage(input: 9) && !answer.isError)
    }

    @Test func `an error is one, and text is counted without signatures and data`() {
        #expect(UsageFixture.answer(#"{"error":{"code":503}}"#, .generateContent).isError)
        let parts =
            #"[{"text":"1234"},{"text":"56","thought":true,"thoughtSignature":"abcdef"},{"inlineData":{"data":"AAAA"}}]"#
        let answer = UsageFixture.answer(#"{"candidates":[{"content":{"parts":\#(parts)}}]}"#, .generateContent)
        #expect(answer.textBytes == 6 && answer.usage == nil)
    }
}

@Suite struct GeminiStreamTests {
    private let elements = [
        #"{"candidates":[{"content":{"parts":[{"text":"He said: \"[{\\"}]}}],"usageMetadata":{"promptTokenCount":9,"totalTokenCount":9},"modelVersion":"m","responseId":"r"}"#,
        #"{"candidates":[{"content":{"parts":[{"text":"}]\" äöü"}]}}],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":4,"totalTokenCount":13,"cost":0.1}}"#,
        #"{"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":6,"totalTokenCount":15}}"#,
    ]

    private func relay(_ stream: String, _ framing: StreamFraming, pieces: Int) -> (meter: StreamMeter, relayed: String)
    {
        var meter = StreamMeter(
            operation: .streamGenerateContent, dropUsageEvent: false, counting: .unlimited, framing: framing)
        let (relayed, _) = UsageFixture.relay(stream, through: &meter, pieces: pieces)
        return (meter, relayed)
    }

    private var array: String { "[" + elements.joined(separator: ",\r\n") + "\n]" }
    private var events: String { elements.map { "data: \($0)\r\n\r\n" }.joined() }

    @Test func `an array is metered and relayed element by element, however it is split`() {
        let expected = array.replacing(#","cost":0.1"#, with: "")
        for pieces in 1...array.utf8.count {
            let (meter, relayed) = relay(array, .array, pieces: pieces)
            #expect(relayed == expected)
            #expect(meter.usage?.usage == Usage(input: 9, output: 6) && meter.hasEnded && meter.hasFinished)
            #expect(meter.usage?.upstreamCostNanoUSD == 100_000_000)
        }
    }

    @Test func `events say the same as elements, however they are split`() {
        let whole = relay(array, .array, pieces: .max).meter
        for pieces in 1...events.utf8.count {
            let (meter, relayed) = relay(events, .events, pieces: pieces)
            #expect(relayed == events.replacing(#","cost":0.1"#, with: ""))
            #expect(meter.usage == whole.usage && meter.textBytes == whole.textBytes && meter.hasFinished)
        }
    }

    @Test func `an element is relayed when it is complete, and not before`() {
        var meter = StreamMeter(
            operation: .streamGenerateContent, dropUsageEvent: false, counting: .unlimited, framing: .array)
        let begun = Array((" [" + elements[0] + ", " + elements[1].dropLast()).utf8)
        #expect(meter.examine(begun.span).consumed == 2 + elements[0].utf8.count)
        #expect(!meter.hasEnded && meter.usage?.usage == Usage(input: 9))
    }

    @Test func `a stream stops behind the element with which its text becomes too long`() {
        var meter = StreamMeter(
            operation: .streamGenerateContent, dropUsageEvent: false, counting: .unlimited, framing: .array)
        let bytes = Array(array.utf8)
        let first = meter.examine(bytes.span, allowance: 1)
        #expect(first.isOverAllowance && first.consumed == 1 + elements[0].utf8.count)
        let rest = Array(bytes[first.consumed...])
        #expect(meter.examine(rest.span).consumed == rest.count && meter.hasEnded)
    }

    /// What the gateway adds makes one array of what the client has got, wherever the stream stands.
    @Test func `a cut array is closed by its last element`() throws {
        let usage = Usage(input: 9, output: 3)
        let last =
            #"{"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},"finishReason":"MAX_TOKENS","index":0}],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":3,"totalTokenCount":12}"#
        #expect(relay("", .array, pieces: 1).meter.closing(usage: usage, choices: 1) == "[\(last)}\n]\n")
        #expect(relay(" [ ", .array, pieces: 9).meter.closing(usage: usage, choices: 1) == "\(last)}\n]\n")
        #expect(
            relay("[" + elements[0], .array, pieces: 9).meter.closing(usage: usage, choices: 1)
                == ",\n\(last),\"modelVersion\":\"m\",\"responseId\":\"r\"}\n]\n")
        #expect(relay(array, .array, pieces: 9).meter.closing(usage: usage, choices: 1) == "")
        #expect(
            relay(events, .events, pieces: 9).meter.closing(usage: usage, choices: 1)
                == "data: \(last),\"modelVersion\":\"m\",\"responseId\":\"r\"}\n\n")
    }

    @Test func `an error and a keep-alive text fit between elements and between events`() {
        let error = ProtocolError(status: 502, kind: .failure, message: "m")
        let body = #"{"error":{"code":502,"message":"m","status":"UNAVAILABLE"}}"#
        let array = relay("[" + elements[0], .array, pieces: 9).meter
        #expect(array.errorEvent(error, requestID: "r") == ",\n\(body)\n]\n" && array.keepAlive == "\n")
        let events = relay(events, .events, pieces: 9).meter
        #expect(events.errorEvent(error, requestID: "r") == "data: \(body)\n\n" && events.keepAlive == "\n")
    }
}
