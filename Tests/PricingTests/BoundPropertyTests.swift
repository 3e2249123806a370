import Metering
import Money
import Pricing
import TestSupport
import Testing

/// Random prices, requests and answers within the requests' bounds.
@Suite struct BoundPropertyTests {
    private static let runs = 500

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func `no usage within a request's bound costs more than its hold`(seed: UInt64) {
        var random = SeededGenerator(state: seed)
        for _ in 0..<Self.runs {
            let price = Self.price(&random)
            let demand = Self.demand(&random)
            let bound = price.bound(demand)
            for _ in 0..<4 {
                let usage = Self.usage(within: demand, of: price, &random)
                for terms in Self.terms(of: demand, price) {
                    let cost = price.cost(of: usage, terms: terms)
                    #expect(cost <= bound, "seed \(seed): \(price) \(demand) \(usage) \(terms)")
                }
            }
            let budget = NanoUSD(nanos: .random(in: 0...max(1, bound.nanos), using: &random))
            if let affordable = price.affordableOutput(demand, for: budget) {
                var limited = demand
                limited.maxOutputTokens = affordable
                #expect(price.bound(limited) <= budget || !demand.generatesText, "seed \(seed): \(price) \(demand)")
            }
        }
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func `a cost is the sum of its explanation to the nano-USD`(seed: UInt64) {
        var random = SeededGenerator(state: seed)
        for _ in 0..<Self.runs {
            let price = Self.price(&random)
            var usage = Usage.zero
            for dimension in Dimension.allCases where Bool.random(using: &random) {
                usage[dimension] = .random(in: 0...200_000, using: &random)
            }
            let terms = ServiceTerms(
                tier: ServiceTerms.Tier.allCases.randomElement(using: &random) ?? .standard,
                isResident: .random(using: &random), isFast: .random(using: &random))
            let breakdown = price.breakdown(of: usage, terms: terms)
            let factors = [breakdown.tier, breakdown.residency, breakdown.speed]
            let numerator = factors.reduce(Int128(1)) { $0 * Int128($1.numerator) }
            let denominator = factors.reduce(Int128(1)) { $0 * Int128($1.denominator) }
            var exact = Int128(breakdown.perRequest.nanos) * 1_000_000 * denominator
            for line in breakdown.lines { exact += line.exact * (line.isScaled ? numerator : denominator) }
            exact *= Int128(breakdown.markup.millionths)
            let unit = denominator * 1_000_000_000_000
            #expect(Int128(breakdown.cost.nanos) == (exact + unit - 1) / unit, "seed \(seed)")
            #expect(breakdown.cost == price.cost(of: usage, terms: terms))
            for dimension in Dimension.allCases {
                let shown = breakdown.lines.filter { $0.dimension == dimension }.map(\.quantity).reduce(0, +)
                #expect(shown == usage[dimension], "seed \(seed): \(dimension)")
            }
        }
    }

    // MARK: Random values

    private static func rate(_ random: inout SeededGenerator) -> Rate {
        Rate(nanoUSDPerMillionTokens: .random(in: 0...100_000_000_000, using: &random))
    }

    private static func rates(_ random: inout SeededGenerator) -> TokenRates {
        func maybe() -> Rate? { Bool.random(using: &random) ? rate(&random) : nil }
        return TokenRates(
            input: rate(&random), output: rate(&random), cacheRead: maybe(), cacheWrite5m: maybe(),
            cacheWrite1h: maybe(),
            inputAudio: maybe(), outputAudio: maybe(), inputImage: maybe(), outputImage: maybe())
    }

    private static func tiers(_ random: inout SeededGenerator) -> [PriceTier] {
        (0..<Int.random(in: 0...2, using: &random)).map { _ in
            PriceTier(above: .random(in: 0...150_000, using: &random), rates: rates(&random))
        }
    }

    private static func factor(_ random: inout SeededGenerator) -> Factor {
        Factor(millionths: 100 * .random(in: 0...30_000, using: &random)) ?? .one
    }

    private static func terms(_ random: inout SeededGenerator) -> ServicePrice.Terms {
        Bool.random(using: &random)
            ? .factor(factor(&random)) : .rates(RateSchedule(rates: rates(&random), tiers: tiers(&random)))
    }

    private static func price(_ random: inout SeededGenerator) -> ModelPrice {
        var price = ModelPrice(
            model: "m", rates: rates(&random), tiers: tiers(&random),
            perRequest: NanoUSD(nanos: .random(in: 0...1000, using: &random)),
            perImage: Bool.random(using: &random) ? NanoUSD(nanos: .random(in: 0...100_000_000, using: &random)) : nil,
            contextTokens: .random(in: 1...300_000, using: &random),
            maxOutputTokens: .random(in: 0...20_000, using: &random),
            imageTokens: .random(in: 0...50_000, using: &random))
        price.tierScope = TierScope.allCases.randomElement(using: &random) ?? .request
        if Bool.random(using: &random) { price.services = [] }
        for tier in [ServiceTerms.Tier.flex, .priority, .batch] where Bool.random(using: &random) {
            price.services.removeAll { $0.service == .tier(tier) }
            price.services.append(ServicePrice(.tier(tier), terms(&random)))
        }
        if Bool.random(using: &random) { price.services.append(ServicePrice(.fast, terms(&random))) }
        if Bool.random(using: &random) { price.residency = factor(&random) }
        price.defaultTier = [.standard, .priority, .flex].randomElement(using: &random) ?? .standard
        price.units.webSearch = NanoUSD(nanos: .random(in: 0...50_000_000, using: &random))
        if Bool.random(using: &random) {
            price.units.audioSecond = NanoUSD(nanos: .random(in: 0...900_000, using: &random))
        }
        if Bool.random(using: &random) { price.units.characters = rate(&random) }
        if Bool.random(using: &random) {
            price.units.pictures = [
                PicturePrice(PictureForm(size: "1", quality: "a"), NanoUSD(nanos: .random(in: 0...90, using: &random))),
                PicturePrice(PictureForm(size: "2", quality: "a"), NanoUSD(nanos: .random(in: 0...90, using: &random))),
                PicturePrice(PictureForm(quality: "b"), NanoUSD(nanos: .random(in: 0...90, using: &random))),
            ]
        }
        price.markup = Markup(millionths: .random(in: 0...2_000_000, using: &random)) ?? .none
        return price
    }

    private static func demand(_ random: inout SeededGenerator) -> PriceDemand {
        var input = RequestInput(textBytes: .random(in: 0...100_000, using: &random))
        input.images = .random(in: 0...3, using: &random)
        input.audioBytes = .random(in: 0...40_000, using: &random)
        input.isOpenEnded = Int.random(in: 0..<5, using: &random) == 0
        var demand = PriceDemand(
            input: input, maxOutputTokens: Bool.random(using: &random) ? .random(in: 0...30_000, using: &random) : nil,
            choices: .random(in: 1...3, using: &random), pictures: .random(in: 0...3, using: &random),
            mayWriteCache: .random(using: &random), generatesText: true)
        demand.tier =
            [.unstated, .automatic, .only(.flex), .only(.priority), .only(.batch), .only(.standard)]
            .randomElement(using: &random) ?? .unstated
        demand.isResident = .random(using: &random)
        demand.isFast = .random(using: &random)
        for kind in HostedTool.Kind.allCases where Bool.random(using: &random) {
            demand.hostedTools.append(
                HostedTool(kind, maxUses: Bool.random(using: &random) ? .random(in: 0...9, using: &random) : nil))
        }
        if Bool.random(using: &random) { demand.quantities[.audioTime] = .random(in: 0...90_000, using: &random) }
        if Bool.random(using: &random) { demand.quantities[.characters] = .random(in: 0...9000, using: &random) }
        let quality = Bool.random(using: &random) ? "a" : "b"
        demand.pictureForm = PictureForm(size: Bool.random(using: &random) ? "1" : nil, quality: quality)
        return demand
    }

    /// All terms under which a demand may be served.
    private static func terms(of demand: PriceDemand, _ price: ModelPrice) -> [ServiceTerms] {
        let tiers: [ServiceTerms.Tier] =
            switch demand.tier {
            case .unstated: [.standard, price.defaultTier]
            case .automatic: [.standard, .flex, .priority]
            case .only(let tier): [.standard, tier]
            }
        return tiers.flatMap { tier in
            [false, demand.isResident].flatMap { isResident in
                [false, demand.isFast].map { isFast in
                    ServiceTerms(
                        tier: tier, isResident: isResident, isFast: isFast, pictureForm: demand.pictureForm?.text)
                }
            }
        }
    }

    /// Random quantities that a demand allows: its audio as tokens of audio or text, its images likewise.
    private static func usage(
        within demand: PriceDemand, of price: ModelPrice, _ random: inout SeededGenerator
    ) -> Usage {
        var usage = Usage.zero
        var left = price.inputTokenBound(demand)
        func take(_ dimension: Dimension, atMost limit: Int64) {
            let amount = Int64.random(in: 0...max(0, min(limit, left)), using: &random)
            usage[dimension] += amount
            left -= amount
        }
        let all = demand.input.isOpenEnded ? Int64.max : 0
        let audio = max(all, demand.input.audioBoundTokens)
        let images = max(all, demand.input.images * price.imageTokens)
        take(.inputAudio, atMost: audio)
        take(.inputImage, atMost: images)
        take(.cacheRead, atMost: left)
        if demand.mayWriteCache {
            take(.cacheWrite5m, atMost: left)
            take(.cacheWrite1h, atMost: left)
        }
        usage.input = Bool.random(using: &random) ? left : 0
        var output = price.tokenBound(demand) - price.inputTokenBound(demand)
        for dimension in [Dimension.outputImage, .outputAudio] where Bool.random(using: &random) {
            usage[dimension] = .random(in: 0...output, using: &random)
            output -= usage[dimension]
        }
        usage.output = Bool.random(using: &random) ? output : 0
        // Pictures without a price are a part of the output.
        if price.hasRate(for: .pictures) { usage.pictures = .random(in: 0...demand.pictures, using: &random) }
        for tool in demand.hostedTools {
            guard let dimension = tool.kind.dimension else { continue }
            usage[dimension] = .random(in: 0...(tool.maxUses ?? price.toolBounds[tool.kind].uses), using: &random)
        }
        // Time and characters without a price are tokens of the input or of the output.
        for quantity in demand.quantities.others where price.hasRate(for: quantity.dimension) {
            usage[quantity.dimension] = .random(in: 0...quantity.amount, using: &random)
        }
        return usage
    }
}
