import Metering
import Money
import Pricing
import Testing

@testable import Proxy

@Suite struct UsageResultTests {
    private let price: ModelPrice

    init() throws { price = try ProxyFixture.price() }

    @Test func `a whole answer is charged as it reports`() {
        let result = whole(
            #"{"choices":[{"message":{"content":"hello"}}],"usage":{"prompt_tokens":7,"completion_tokens":2}}"#)
        #expect(result == UsageResult(usage: Usage(input: 7, output: 2), source: .reported))
    }

    @Test func `a whole answer without a report is estimated from its text`() {
        let result = whole(#"{"choices":[{"message":{"content":"12345678"}}]}"#)
        #expect(result.source == .estimated)
        #expect(result.usage.output == 2)
    }

    @Test func `an error in a whole answer costs nothing`() {
        #expect(whole(#"{"error":{"message":"no"}}"#) == .nothing)
    }

    @Test func `counting tokens costs nothing, and moderations are reported without tokens`() {
        #expect(whole(#"{"input_tokens":5000}"#, .countTokens).usage.output == 0)
        #expect(whole("{}", .countTokens) == .nothing)
        #expect(whole("{}", .moderations) == UsageResult(usage: .zero, source: .reported))
    }

    @Test func `what is never charged is not estimated`() {
        #expect(UsageResult(nil, textBytes: 5000) == .nothing)
    }

    @Test func `a complete stream is charged as it reports`() {
        let meter = meter([text("hello"), usage, done])
        let result = UsageResult(of: meter, .ended, estimate: estimate())
        #expect(result == UsageResult(usage: Usage(input: 7, output: 2), source: .reported))
    }

    @Test func `a stream that breaks before any text costs nothing`() {
        #expect(UsageResult(of: meter([]), .broken, estimate: estimate()) == .nothing)
    }

    @Test func `a stream that breaks after text is estimated, though it is not complete`() {
        let result = UsageResult(of: meter([text("12345678")]), .broken, estimate: estimate())
        #expect(result.source == .estimated)
        #expect(result.usage.output == 2)
    }

    @Test func `an error after text is charged for the text`() {
        let meter = meter([text("12345678"), #"data: {"error":{"message":"overloaded"}}"#])
        #expect(UsageResult(of: meter, .ended, estimate: estimate()).usage.output == 2)
    }

    @Test func `a cut stream is never charged more than its hold`() {
        let estimate = estimate(held: NanoUSD(nanos: 3000))
        let result = UsageResult(ofCut: meter([text(String(repeating: "x", count: 4000))]), estimate: estimate)
        #expect(result.source == .estimated)
        #expect(result.usage.output > 0)
        #expect(estimate.price.cost(of: result.usage) <= NanoUSD(nanos: 3000))
    }

    @Test func `text that has come is covered even if the hold is smaller`() {
        let estimate = estimate(held: .zero)
        let meter = meter([text(String(repeating: "x", count: 100))])
        #expect(estimate.coveredText(meter, beside: estimate.usageSoFar(meter)) == 100)
    }

    @Test func `the usage so far counts the text where the report lags behind it`() {
        let estimate = estimate()
        #expect(estimate.usageSoFar(meter([usage, text(String(repeating: "x", count: 400))])).usage.output == 100)
        #expect(estimate.usageSoFar(meter([usage])).usage.output == 2)
    }

    // MARK: Pieces

    private let usage = #"data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":2}}"#
    private let done = "data: [DONE]"

    private func text(_ text: String) -> String { #"data: {"choices":[{"delta":{"content":"\#(text)"}}]}"# }

    private func meter(_ events: [String]) -> StreamMeter {
        var meter = StreamMeter(
            operation: .chatCompletions, dropUsageEvent: false, counting: CountingRules(contextLimit: .max))
        for event in events { _ = meter.examine(Array((event + "\n\n").utf8).span) }
        return meter
    }

    private func whole(_ body: String, _ operation: Operation = .chatCompletions) -> UsageResult {
        let answer = AnswerMeter.examine(
            Array(body.utf8).span, operation: operation, counting: CountingRules(contextLimit: .max))
        return UsageResult(of: answer, operation: operation, estimate: estimate())
    }

    private func estimate(held: NanoUSD = NanoUSD(nanos: 1_000_000)) -> UsageEstimate {
        UsageEstimate(
            price: price,
            demand: PriceDemand(
                input: RequestInput(textBytes: 40), maxOutputTokens: 1000, choices: 1, pictures: 0,
                mayWriteCache: false, generatesText: true), held: held, generatesText: true)
    }
}
