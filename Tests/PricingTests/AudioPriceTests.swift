import Metering
import Money
import Pricing
import Testing

@Suite struct AudioPriceTests {
    /// Charges by characters, by seconds, or by tokens of text at 1 and of audio at 10 nano-USD.
    private func price(characters: Int64? = nil, second: Int64? = nil, tokens: Bool = false) -> ModelPrice {
        func rate(_ nanos: Int64) -> Rate { Rate(nanoUSDPerMillionTokens: nanos * 1_000_000) }
        var rates = TokenRates(input: tokens ? rate(1) : .free, output: tokens ? rate(1) : .free)
        if tokens {
            rates.inputAudio = rate(10)
            rates.outputAudio = rate(10)
        }
        var price = ModelPrice(model: "m", rates: rates, contextTokens: 10_000, maxOutputTokens: 2000)
        price.units.characters = characters.map(rate)
        price.units.audioSecond = second.map(NanoUSD.init(nanos:))
        return price
    }

    private func speech(_ characters: Int64) -> PriceDemand {
        var demand = PriceDemand(input: RequestInput(textBytes: characters + 40))
        demand.quantities[.characters] = characters
        return demand
    }

    private func audio(bytes: Int64) -> PriceDemand {
        var demand = PriceDemand(input: RequestInput(textBytes: 10))
        demand.input.audioBytes = bytes * 4 / 3
        demand.quantities[.audioTime] = bytes * 1000 / 120
        return demand
    }

    @Test func `speech costs its characters where they have a rate, whatever the answer is`() {
        let price = price(characters: 15)
        #expect(price.bound(speech(100)) == NanoUSD(nanos: 1500))
        #expect(price.cost(of: price.estimate(textBytes: 1 << 20, speech(100))) == NanoUSD(nanos: 1500))
        #expect(price.knownUsage(speech(100))?[.characters] == 100)
    }

    @Test func `speech without a rate for characters is held by tokens, and estimated from the text`() {
        let price = price(tokens: true)
        #expect(price.knownUsage(speech(100)) == nil)
        let estimate = price.estimate(textBytes: 0, speech(100))
        #expect(estimate[.outputAudio] == 150 && estimate.input == 35)
        for characters in [1, 100, 5000, 1_000_000] as [Int64] {
            let cost = price.cost(of: price.estimate(textBytes: 0, speech(characters)))
            #expect(cost <= price.bound(speech(characters)))
        }
    }

    @Test func `audio costs its seconds where they have a rate, and is held by the length of its file`() {
        let price = price(second: 100)
        var reported = Usage()
        reported[.audioTime] = 2500
        #expect(price.cost(of: reported) == NanoUSD(nanos: 250))
        #expect(price.bound(audio(bytes: 120_000)) == NanoUSD(nanos: 100_000))
        // Four thousand bytes for each second.
        let estimate = price.estimate(textBytes: 0, audio(bytes: 120_000))
        #expect(estimate[.audioTime] == 30_000 && estimate.allInput == 0)
    }

    @Test func `audio without a rate for seconds is held by tokens alone`() {
        let price = price(tokens: true)
        let demand = audio(bytes: 1200)
        // 100 tokens of audio, 10 of text, and the longest output at the highest rate.
        #expect(price.bound(demand) == NanoUSD(nanos: 100 * 10 + 10 + 2000 * 10))
        #expect(price.cost(of: price.estimate(textBytes: 0, demand)) <= price.bound(demand))
    }

    @Test func `what has no rate at all is missing`() {
        let requirement = PriceRequirement(.anyOf([.characters, .outputAudio]), field: "model")
        #expect(price().missing([requirement]) == requirement)
        #expect(price(characters: 1).missing([requirement]) == nil && price(tokens: true).missing([requirement]) == nil)
    }
}
