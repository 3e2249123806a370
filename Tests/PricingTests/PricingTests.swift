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

    @Test func `every token count is charged at its own rate`() throws {
        let usage = Usage(input: 1000, output: 100, cacheRead: 10, cacheWrite5m: 20, cacheWrite1h: 30)
        // 3,000,000 + 1,500,000 + 3,000 + 75,000 + 180,000 nano-USD.
        #expect(try price().cost(of: usage) == NanoUSD(nanos: 4_758_000))
    }

    @Test func `a cost is rounded up once`() throws {
        let card = try RateCard(yaml: "models: {m: {input: 0.0001, output: 0.0001, context: 9}}", source: "test")
        let price = try #require(card.price(for: "m"))
        #expect(price.cost(of: Usage(input: 1)) == NanoUSD(nanos: 1))
        #expect(price.cost(of: Usage(input: 5, output: 6)) == NanoUSD(nanos: 2))
    }

    @Test func `no usage within the limits costs more than the bound`() throws {
        let price = try price()
        for bytes in [0, 1, 10, 5000] {
            for output in [0, 1, 50, 500] as [Int64] {
                let bound = price.bound(
                    PriceDemand(
                        input: RequestInput(textBytes: Int64(bytes)), maxOutputTokens: output, choices: 2,
                        mayWriteCache: true))
                let worst = Usage(output: 2 * min(output, 100), cacheWrite1h: min(Int64(bytes), 1000))
                #expect(price.cost(of: worst) <= bound)
            }
        }
    }

    @Test func `bounds and costs saturate instead of overflowing`() throws {
        let price = try price()
        #expect(price.cost(of: Usage(input: .max, output: .max)) == NanoUSD(nanos: .max))
        var dearest = try #require(
            try RateCard(yaml: "models: {m: {input: 1000000, output: 1000000, context: 1000000000}}", source: "test")
                .price(for: "m"))
        dearest.markup = try #require(Markup(millionths: 1_000_000_000))
        let anything = PriceDemand(
            input: RequestInput(textBytes: .max), maxOutputTokens: .max, choices: .max, mayWriteCache: true)
        #expect(dearest.bound(anything) == NanoUSD(nanos: .max))
        #expect(dearest.cost(of: Usage(input: .max, output: .max)) == NanoUSD(nanos: .max))
    }

    @Test func `estimates never exceed the limit of the request or of the model`() throws {
        let price = try price()
        let asked = price.estimate(
            textBytes: 1_000_000, PriceDemand(input: RequestInput(textBytes: 1_000_000), maxOutputTokens: 20))
        #expect(asked == Usage(input: 1000, output: 20))
        let able = price.estimate(textBytes: 1_000_000, PriceDemand(input: RequestInput(textBytes: 41)))
        #expect(able == Usage(input: 11, output: 100))
    }
}

@Suite struct TightBoundTests {
    private func price(_ fields: String) throws -> ModelPrice {
        let card = try RateCard(yaml: "models: {m: {\(fields)}}", source: "test")
        return try #require(card.price(for: "m"))
    }

    @Test func `the affordable output fits the amount, and one token more does not`() throws {
        for markup in [1_000_000, 1_234_567, 333_333] as [Int64] {
            var price = try price("input: 3, output: 15, per_request: 0.000001, context: 100000, max_output: 9000")
            price.markup = try #require(Markup(millionths: markup))
            for nanos in [40_000, 1_000_000, 7_777_777] as [Int64] {
                for choices in [1, 3] as [Int64] {
                    var demand = PriceDemand(input: RequestInput(textBytes: 7), choices: choices)
                    let limit = try #require(price.affordableOutput(demand, for: NanoUSD(nanos: nanos)))
                    demand.maxOutputTokens = limit
                    #expect(price.bound(demand) <= NanoUSD(nanos: nanos))
                    demand.maxOutputTokens = limit + 1
                    #expect(price.bound(demand) > NanoUSD(nanos: nanos) || limit >= 9000)
                }
            }
        }
    }

    @Test func `no output is affordable if the input alone exceeds the amount`() throws {
        let price = try price("input: 3, output: 15, context: 1000")
        let demand = PriceDemand(input: RequestInput(textBytes: 500))
        #expect(price.affordableOutput(demand, for: NanoUSD(nanos: 1_499_999)) == nil)
        #expect(price.affordableOutput(demand, for: NanoUSD(nanos: 1_500_000)) == 0)
    }

    @Test func `a long input is charged by its tier as a whole, and bounded by the highest rate that it can reach`()
        throws
    {
        let price = try price(
            "input: 1, output: 2, context: 1000, tiers: [{above: 100, input: 2, output: 3}, {above: 500, input: 1, output: 1}]"
        )
        #expect(price.cost(of: Usage(input: 100, output: 10)) == NanoUSD(nanos: 120_000))
        #expect(price.cost(of: Usage(input: 50, output: 10, cacheRead: 51)) == NanoUSD(nanos: 232_000))
        #expect(price.cost(of: Usage(input: 600)) == NanoUSD(nanos: 600_000))
        for bytes in stride(from: Int64(0), to: 1000, by: 37) {
            let bound = price.bound(PriceDemand(input: RequestInput(textBytes: bytes), maxOutputTokens: 10))
            for read in stride(from: Int64(0), through: bytes, by: 1) {
                #expect(price.cost(of: Usage(input: read, output: 10)) <= bound)
            }
        }
    }

    @Test func `images, audio and files have bounds of their own`() throws {
        var input = RequestInput(textBytes: 100)
        input.images = 2
        input.audioBytes = 1600
        #expect(input.boundTokens(imageTokens: 50, context: 1000) == 300)
        #expect(input.estimatedTokens(imageTokens: 50, context: 1000) == 75)
        input.isOpenEnded = true
        #expect(input.boundTokens(imageTokens: 50, context: 1000) == 1000)
    }

    @Test func `generated images and requests have fixed prices`() throws {
        let price = try price("input: 0, output: 0, context: 10, per_request: 0.001, per_image: 0.04")
        #expect(price.cost(of: Usage(pictures: 3)) == NanoUSD(nanos: 121_000_000))
        #expect(
            price.bound(PriceDemand(input: RequestInput(textBytes: 9), pictures: 3, generatesText: false))
                == NanoUSD(nanos: 121_000_000))
    }

    @Test func `a charge with markup is exact and rounded up once`() throws {
        var price = try price("input: 1, output: 1, context: 1000")
        price.markup = try #require(Markup(factor: NanoUSD(nanos: 1_333_333_000)))
        #expect(price.cost(of: Usage(input: 1)) == NanoUSD(nanos: 1334))
        #expect(Markup(factor: NanoUSD(nanos: 1)) == nil && Markup(millionths: -1) == nil)
        #expect(Markup(millionths: 1_250_000)?.decimal == "1.25")
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
        #expect(card.price(for: "big")?.rates.input.nanoUSDPerMillionTokens == 1_000_000_000)
        #expect(card.price(for: "large")?.model == "large")
        #expect(card.price(for: "large-2026")?.rates.input.nanoUSDPerMillionTokens == 1_000_000_000)
        #expect(card.price(for: "large-mini-2026")?.rates.input.nanoUSDPerMillionTokens == 2_000_000_000)
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
        ("models: {m: {input: 1, output: 1, context: 9, tiers: 3}}", "'tiers'"),
        ("models: {m: {input: 1, output: 1, context: 9, tiers: [{input: 1, output: 1}]}}", "'above'"),
        (
            "models: {m: {input: 1, output: 1, context: 9, tiers: [{above: 1, input: 1, output: 1, context: 2}]}}",
            "'context'"
        ),
        ("models: []", "'models'"), ("prices: {}", "'models'"), ("{", "YAML"),
    ])
    func `an invalid rate card is refused with its source and the field`(yaml: String, words: String) {
        #expect { try RateCard(yaml: yaml, source: "card.yaml") } throws: { error in
            "\(error)".contains("card.yaml") && "\(error)".contains(words)
        }
    }

    @Test func `the version depends on the prices only`() throws {
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
    func `the built-in rate card has prices of well-known models`(model: String) throws {
        #expect(try RateCard.builtIn().price(for: model) != nil)
    }
}
