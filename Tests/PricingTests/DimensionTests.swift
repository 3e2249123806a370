import Metering
import Money
import Pricing
import Testing

@Suite struct DimensionPriceTests {
    private func price(_ fields: String, defaults: String = "") throws -> ModelPrice {
        let head = defaults.isEmpty ? "" : "defaults: {\(defaults)}\n"
        let card = try RateCard(yaml: head + "models: {m: {\(fields)}}", source: "test")
        return try #require(card.price(for: "m"))
    }

    private func usage(_ quantities: [Dimension: Int64]) -> Usage {
        var usage = Usage.zero
        for (dimension, amount) in quantities { usage[dimension] = amount }
        return usage
    }

    @Test func `audio and image tokens have rates of their own`() throws {
        let price = try price("input: 5, input_image: 8, output: 10, output_image: 30, context: 100000")
        let cost = price.cost(of: usage([.input: 34, .inputImage: 323, .output: 335, .outputImage: 6208]))
        #expect(cost == NanoUSD(nanos: 192_344_000))
    }

    @Test func `tokens without a rate are charged at the highest rate of their side, and flagged`() throws {
        let price = try price("input: 1, output: 2, cache_write_1h: 3, output_image: 7, context: 1000")
        let input = price.charge(for: usage([.inputAudio: 1000]))
        #expect(input == Charge(cost: NanoUSD(nanos: 3_000_000), flags: .unpriced))
        let output = price.charge(for: usage([.outputAudio: 1000]))
        #expect(output == Charge(cost: NanoUSD(nanos: 7_000_000), flags: .unpriced))
    }

    @Test func `what is no token is charged as tokens where it has no rate`() throws {
        let price = try price("input: 1, output: 2, context: 1000")
        #expect(price.charge(for: usage([.characters: 500])) == Charge(cost: NanoUSD(nanos: 500_000), flags: .unpriced))
        // A second counts as 32 tokens.
        #expect(price.charge(for: usage([.audioTime: 2500])) == Charge(cost: NanoUSD(nanos: 80_000), flags: .unpriced))
        // A picture counts as 10,000 tokens, unless it is counted in output tokens already.
        #expect(price.charge(for: usage([.pictures: 1])) == Charge(cost: NanoUSD(nanos: 20_000_000), flags: .unpriced))
        #expect(price.charge(for: usage([.pictures: 1, .outputImage: 5])).cost == NanoUSD(nanos: 10_000))
    }

    @Test func `searches, seconds, characters and pictures have prices of their own`() throws {
        let price = try price(
            "input: 0, output: 0, context: 9, web_search: 0.02, audio_time: 0.0001, characters: 15, per_image: 0.01,"
                + " pictures: {1024x1024/high: 0.167, 1024x1024/low: 0.011, /hd: 0.2}")
        #expect(price.cost(of: usage([.webSearch: 3])) == NanoUSD(nanos: 60_000_000))
        #expect(price.cost(of: usage([.fileSearch: 2])) == NanoUSD(nanos: 5_000_000))
        #expect(price.cost(of: usage([.codeInterpreter: 1])) == NanoUSD(nanos: 30_000_000))
        #expect(price.cost(of: usage([.audioTime: 1500])) == NanoUSD(nanos: 150_000))
        #expect(price.cost(of: usage([.characters: 1000])) == NanoUSD(nanos: 15_000_000))
        func picture(_ form: String?) -> NanoUSD {
            price.cost(of: Usage(pictures: 1), terms: ServiceTerms(pictureForm: form))
        }
        #expect(picture("1024x1024/low") == NanoUSD(nanos: 11_000_000))
        // Of what is not known, the dearest; of what has no price, the price of any picture.
        #expect(picture("1024x1024/") == NanoUSD(nanos: 200_000_000) && picture(nil) == NanoUSD(nanos: 200_000_000))
        #expect(picture("512x512/medium") == NanoUSD(nanos: 10_000_000))
    }

    @Test func `the tier that was served decides`() throws {
        let price = try price(
            "input: 1.25, output: 10, cache_read: 0.125, context: 400000, service_tiers: {priority: {input: 2.5, output: 25}}"
        )
        let usage = Usage(input: 1000, output: 100)
        func charge(_ tier: ServiceTerms.Tier, _ usage: Usage) -> Charge {
            price.charge(for: usage, terms: ServiceTerms(tier: tier))
        }
        #expect(charge(.flex, usage) == Charge(cost: NanoUSD(nanos: 1_125_000), flags: []))
        #expect(charge(.priority, usage) == Charge(cost: NanoUSD(nanos: 5_000_000), flags: []))
        // What own rates leave open follows the model's rates in proportion.
        #expect(charge(.priority, Usage(cacheRead: 1000)).cost == NanoUSD(nanos: 250_000))
        #expect(charge(.unknown, usage) == Charge(cost: NanoUSD(nanos: 2_250_000), flags: .unpricedTier))
    }

    @Test func `a card states which service tiers have a price`() throws {
        let fields = "input: 1, output: 1, context: 9"
        let flexOnly = try price(fields, defaults: "tier_factor: {flex: 0.4}")
        let tiers = [PriceRequirement(.tier(.priority), field: "service_tier")]
        #expect(
            flexOnly.missing(tiers) == tiers[0] && flexOnly.missing([PriceRequirement(.tier(.flex), field: "t")]) == nil
        )
        #expect(flexOnly.cost(of: Usage(input: 10), terms: ServiceTerms(tier: .flex)) == NanoUSD(nanos: 4000))
        #expect(try price(fields).missing(tiers) == nil)
        #expect(try price(fields + ", service_tiers: {priority: none}").missing(tiers) != nil)
    }

    @Test func `what a request asks for and has no rate is named by its field`() throws {
        let price = try price("input: 1, output: 1, context: 9, audio_time: 0.1")
        let speed = PriceRequirement(.speed, field: "speed")
        let audio = PriceRequirement(.outputAudio, field: "modalities")
        let sound = PriceRequirement(.anyOf([.inputAudio, .audioTime]), field: "file")
        #expect(price.missing([sound]) == nil)
        #expect(price.missing([sound, audio, speed]) == audio)
        #expect(price.missing([speed]) == speed)
    }

    @Test func `region and speed are factors on tokens only`() throws {
        let price = try price("input: 5, output: 25, context: 1000000, residency: 1.1, fast: 6")
        let usage = usage([.input: 1000, .output: 100, .webSearch: 1])
        #expect(price.cost(of: usage, terms: ServiceTerms(isResident: true)) == NanoUSD(nanos: 18_250_000))
        #expect(price.cost(of: usage, terms: ServiceTerms(isFast: true)) == NanoUSD(nanos: 55_000_000))
        #expect(
            price.cost(of: usage, terms: ServiceTerms(tier: .batch, isResident: true, isFast: true))
                == NanoUSD(nanos: 34_750_000))
    }

    @Test func `rates for long inputs apply to the whole request, or to what exceeds the threshold`() throws {
        let tiers = "tiers: [{above: 100, input: 2, output: 3, cache_read: 0.2}]"
        let fields = "input: 1, output: 2, cache_read: 0.1, context: 1000, " + tiers
        let usage = Usage(input: 100, output: 10, cacheRead: 50)
        #expect(try price(fields).cost(of: usage) == NanoUSD(nanos: 240_000))
        // 50 cached and 50 uncached tokens lie below the threshold, 50 uncached above it.
        let excess = try price(fields + ", tier_scope: excess")
        #expect(excess.cost(of: usage) == NanoUSD(nanos: 185_000))
        #expect(excess.breakdown(of: usage).lines.filter { $0.dimension == .input }.map(\.quantity) == [50, 50])
    }

    @Test func `a hosted tool holds its uses and not the whole context`() throws {
        let price = try price("input: 1, output: 1, context: 400000")
        var demand = PriceDemand(input: RequestInput(textBytes: 100), maxOutputTokens: 10)
        demand.hostedTools = [HostedTool(.webSearch)]
        #expect(price.inputTokenBound(demand) == 40_100)
        #expect(price.bound(demand) == NanoUSD(nanos: 90_110_000))
        // After a crash the input that was sent is charged, and no use of a tool.
        #expect(price.inputBound(demand) == NanoUSD(nanos: 100_000))
        demand.hostedTools = [HostedTool(.webSearch, maxUses: 2)]
        #expect(price.bound(demand) == NanoUSD(nanos: 36_110_000))
        let custom = try self.price(
            "input: 1, output: 1, context: 400000, tool_bounds: {web_search: {uses: 1, tokens: 900}}")
        demand.hostedTools = [HostedTool(.webSearch)]
        #expect(custom.bound(demand) == NanoUSD(nanos: 11_010_000))
    }

    @Test func `a request that names no tier is held as the card's default tier`() throws {
        var demand = PriceDemand(input: RequestInput(textBytes: 100), maxOutputTokens: 0)
        let usual = try price("input: 1, output: 1, context: 1000")
        let dear = try price("input: 1, output: 1, context: 1000, default_tier: priority")
        #expect(usual.bound(demand) == NanoUSD(nanos: 100_000) && dear.bound(demand) == NanoUSD(nanos: 200_000))
        demand.tier = .automatic
        #expect(usual.bound(demand) == NanoUSD(nanos: 200_000))
        demand.tier = .only(.flex)
        #expect(usual.bound(demand) == NanoUSD(nanos: 100_000))
    }
}

@Suite struct RateCardFormTests {
    @Test(arguments: [
        (
            "models:\n  m: {input: 1, output: 1, context: 9}\n  n: {input: x, output: 1, context: 9}",
            "card.yaml:3: model 'n'"
        ),
        ("models:\n  m:\n    input: 1\n    output: 1\n    context: 9\n    residency: 1000", "card.yaml:6"),
        ("defaults: {tier_factor: {quick: 2}}\nmodels: {}", "'quick'"),
        ("defaults:\n  input: 1\nmodels: {}", "card.yaml:2: the card: unknown field 'input'"),
        ("models: {m: {input: 1, output: 1, context: 9, service_tiers: {flex: []}}}", "'flex'"),
        ("models: {m: {input: 1, output: 1, context: 9, pictures: {auto: 1}}}", "'auto'"),
        ("models: {m: {input: 1, output: 1, context: 9, checked: yesterday}}", "'checked'"),
        ("models: {m: {input: 1, output: 1, context: 9, reasoning: above}}", "within, beside"),
        ("models: {m: {input: 1, output: 1, context: 9, tier_scope: part}}", "request, excess"),
        ("models: {m: {input: 1, output: 1, context: 9, tool_bounds: {web: {uses: 1}}}}", "'web'"),
        ("models: {}\nprices: {}", "'prices'"),
    ])
    func `an error names line, model, field and accepted form`(yaml: String, words: String) {
        #expect { try RateCard(yaml: yaml, source: "card.yaml") } throws: { "\($0)".contains(words) }
    }

    @Test func `the version of a card without new fields is the one that earlier gateways recorded`() throws {
        let text = "models: {m: {input: 1, output: 1, context: 9, tiers: [{above: 3, input: 2, output: 2}]}}"
        #expect(try RateCard(yaml: text, source: "a").version == 103_182_416_073_827_735)
    }

    @Test(arguments: [
        "input_audio: 2", "tier_scope: excess", "service_tiers: {flex: 0.4}", "default_tier: priority",
        "residency: 1.1",
        "reasoning: within", "web_search: 1", "audio_time: 1", "characters: 1", "pictures: {/hd: 1}", "fast: 2",
        "tool_bounds: {other: {uses: 1}}",
    ])
    func `every field that changes a cost or a hold changes the version`(field: String) throws {
        let plain = try RateCard(yaml: "models: {m: {input: 1, output: 1, context: 9}}", source: "a")
        let other = try RateCard(yaml: "models: {m: {input: 1, output: 1, context: 9, \(field)}}", source: "a")
        #expect(plain.version != other.version)
    }

    @Test func `every model of the built-in card has the date of its last check`() throws {
        for price in try RateCard.builtIn().models { #expect(price.checked != nil, "\(price.model)") }
    }
}
