import Metering
import Money
import Pricing
import Testing

@Suite struct ModelPriceTests {
    private func price() throws -> ModelPrice {
        let card = try RateCard(
            yaml: """
                models:
                  m: {input: 3, output: 15, cache_read: 0.3, cache_write_5m: 3.75, cache_write_1h: 6, context: 1000, max_output: 100}
                """, source: "test")
        return try #require(card.price(for: "m"))
    }

    @Test func `every count has its own rate`() throws {
        let usage = TokenUsage(input: 1000, output: 100, cacheRead: 10, cacheWrite5m: 20, cacheWrite1h: 30)
        // 3,000,000 + 1,500,000 + 3,000 + 75,000 + 180,000 nano-dollars.
        #expect(try price().cost(of: usage) == NanoUSD(nanos: 4_758_000))
    }

    @Test func `rounds once, up`() throws {
        let card = try RateCard(yaml: "models: {m: {input: 0.0001, output: 0.0001, context: 9}}", source: "test")
        let price = try #require(card.price(for: "m"))
        #expect(price.cost(of: TokenUsage(input: 1)) == NanoUSD(nanos: 1))
        #expect(price.cost(of: TokenUsage(input: 5, output: 6)) == NanoUSD(nanos: 2))
    }

    @Test func `no usage within the limits costs more than the bound`() throws {
        let price = try price()
        for bytes in [0, 1, 10, 5000] {
            for output in [0, 1, 50, 500] as [Int64] {
                let bound = price.bound(
                    bodyBytes: bytes, maxOutputTokens: output, choices: 2, mayWriteCache: true, generatesText: true)
                let worst = TokenUsage(output: 2 * min(output, 100), cacheWrite1h: min(Int64(bytes), 1000))
                #expect(price.cost(of: worst) <= bound)
            }
        }
    }

    @Test func `bounds and costs saturate`() throws {
        let price = try price()
        #expect(price.cost(of: TokenUsage(input: .max, output: .max)) == NanoUSD(nanos: .max))
        let bound = price.bound(
            bodyBytes: .max, maxOutputTokens: .max, choices: .max, mayWriteCache: true, generatesText: true)
        #expect(bound == NanoUSD(nanos: .max))
    }

    @Test func `estimates never exceed what was asked for or what the model can write`() throws {
        let price = try price()
        let asked = price.estimate(textBytes: 1_000_000, bodyBytes: 1_000_000, maxOutputTokens: 20, choices: 1)
        #expect(asked == TokenUsage(input: 1000, output: 20))
        let able = price.estimate(textBytes: 1_000_000, bodyBytes: 41, maxOutputTokens: nil, choices: 1)
        #expect(able == TokenUsage(input: 11, output: 100))
    }
}

@Suite struct RateCardTests {
    @Test func `finds a price by name, by alias, and by the longest pattern`() throws {
        let card = try RateCard(
            yaml: """
                models:
                  big: {input: 1, output: 1, context: 9, aliases: [large, "large-*"]}
                  large-mini*: {input: 2, output: 2, context: 9}
                """, source: "test")
        #expect(card.price(for: "big")?.input.nanoUSDPerMillionTokens == 1_000_000_000)
        #expect(card.price(for: "large")?.model == "large")
        #expect(card.price(for: "large-2026")?.input.nanoUSDPerMillionTokens == 1_000_000_000)
        #expect(card.price(for: "large-mini-2026")?.input.nanoUSDPerMillionTokens == 2_000_000_000)
        #expect(card.price(for: "small") == nil && card.price(for: "") == nil && card.price(for: "big*") == nil)
    }

    @Test(arguments: [
        ("models: {m: {output: 1, context: 9}}", "'input'"),
        ("models: {m: {input: -1, output: 1, context: 9}}", "'input'"),
        ("models: {m: {input: 1, output: x, context: 9}}", "'output'"),
        ("models: {m: {input: 0.0000000001, output: 1, context: 9}}", "'input'"),
        ("models: {m: {input: 1, output: 1, context: 1.5}}", "'context'"),
        ("models: {m: {input: 1, output: 1, context: 9, prize: 1}}", "'prize'"),
        ("models: {m: {input: 1, output: 1, context: 9, aliases: n}}", "'aliases'"),
        ("models: {m: {input: 1, output: 1, context: 9}, n: {input: 1, output: 1, context: 9, aliases: [m]}}", "'m'"),
        ("models: []", "'models'"), ("prices: {}", "'models'"), ("{", "YAML"),
    ])
    func `says what is wrong and where`(yaml: String, words: String) {
        #expect { try RateCard(yaml: yaml, source: "card.yaml") } throws: { error in
            "\(error)".contains("card.yaml") && "\(error)".contains(words)
        }
    }

    @Test func `the version stands for the prices`() throws {
        let one = try RateCard(yaml: "models: {m: {input: 1, output: 1, context: 9}}", source: "a")
        let same = try RateCard(yaml: #"{"models":{"m":{"input":1.0,"output":1,"context":9}}}"#, source: "b")
        let other = try RateCard(yaml: "models: {m: {input: 1, output: 2, context: 9}}", source: "a")
        #expect(one.version == same.version && one.version != other.version && one.version > 0)
    }

    @Test(arguments: [
        "gpt-5", "gpt-5-mini", "gpt-4.1", "gpt-4o-2024-08-06", "o4-mini", "text-embedding-3-small", "claude-sonnet-4-6",
        "claude-sonnet-4-6-20250514", "claude-opus-4-5-20251101", "claude-haiku-4-5", "gemini-2.5-pro", "deepseek-chat",
        "demo-chat", "demo-chat@slow=1", "demo-messages", "omni-moderation-latest",
    ])
    func `the shipped card knows well-known models`(model: String) throws {
        #expect(try RateCard.shipped().price(for: model) != nil)
    }
}
