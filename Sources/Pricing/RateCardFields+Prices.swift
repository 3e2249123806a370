import Metering
import Money
import Yams

/// Reading prices.
extension RateCardFields {
    /// Returns the price of a model, with what its entry leaves open from the card's defaults.
    mutating func price(model: String, defaults: RateCardDefaults) throws(RateCardError) -> ModelPrice {
        let rates = try tokenRates()
        guard let context = try count("context") else { throw error("field 'context' is missing") }
        var price = ModelPrice(
            model: model, rates: rates, tiers: try tiers(beside: rates), perRequest: try amount("per_request") ?? .zero,
            contextTokens: context, maxOutputTokens: try count("max_output") ?? context,
            imageTokens: try count("image_tokens") ?? ModelPrice.standardImageTokens)
        var own = defaults
        own.tierFactors = []
        try own.read(&self)
        price.tierScope = try choice("tier_scope", TierScope.self) ?? .request
        price.services = try services(beside: price, defaults.tierFactors)
        price.defaultTier = own.defaultTier
        price.residency = own.residency
        price.units = own.units
        price.units.picture = try amount("per_image")
        price.units.pictures = try pictures()
        price.units.audioSecond = try amount("audio_time")
        price.units.characters = try rate("characters")
        price.toolBounds = own.toolBounds
        price.reasoning = own.reasoning
        price.checked = own.checked
        return price
    }

    private mutating func tokenRates() throws(RateCardError) -> TokenRates {
        guard let input = try rate("input") else { throw error("field 'input' is missing") }
        guard let output = try rate("output") else { throw error("field 'output' is missing") }
        return TokenRates(
            input: input, output: output, cacheRead: try rate("cache_read"), cacheWrite5m: try rate("cache_write_5m"),
            cacheWrite1h: try rate("cache_write_1h"), inputAudio: try rate("input_audio"),
            outputAudio: try rate("output_audio"), inputImage: try rate("input_image"),
            outputImage: try rate("output_image"))
    }

    /// Returns the rates for long inputs; audio and images have the model's own rates where a tier has none.
    private mutating func tiers(beside base: TokenRates) throws(RateCardError) -> [PriceTier] {
        var tiers: [PriceTier] = []
        for var fields in try list("tiers", of: "prices, each with 'above'") {
            guard let above = try fields.count("above") else {
                throw fields.error("field 'above' of a tier is missing")
            }
            guard !tiers.contains(where: { $0.above == above }) else {
                throw fields.error("tiers have the same threshold")
            }
            var rates = try fields.tokenRates()
            rates.inputAudio = rates.inputAudio ?? base.inputAudio
            rates.outputAudio = rates.outputAudio ?? base.outputAudio
            rates.inputImage = rates.inputImage ?? base.inputImage
            rates.outputImage = rates.outputImage ?? base.outputImage
            tiers.append(PriceTier(above: above, rates: rates))
            try fields.finish()
        }
        return tiers
    }

    /// Returns the prices of service tiers and of the speed that costs more.
    private mutating func services(
        beside price: ModelPrice, _ factors: [ServicePrice]
    ) throws(RateCardError) -> [ServicePrice] {
        var services = factors
        if var fields = try map("service_tiers", of: "service tiers: flex, priority, batch") {
            for name in fields.names {
                guard let tier = ServiceTerms.Tier(cardName: name) else {
                    throw fields.error("unknown service tier '\(name)': known are flex, priority, batch")
                }
                services.removeAll { $0.service == .tier(tier) }
                if let terms = try fields.serviceTerms(name, beside: price) {
                    services.append(ServicePrice(.tier(tier), terms))
                }
            }
        }
        if has("fast"), let terms = try serviceTerms("fast", beside: price) {
            services.append(ServicePrice(.fast, terms))
        }
        return services
    }

    /// Returns how the tokens of a service are charged: a factor, rates, or nil for `none`.
    private mutating func serviceTerms(
        _ field: String, beside price: ModelPrice
    ) throws(RateCardError) -> ServicePrice.Terms? {
        guard let node = take(field) else { return nil }
        if node.scalar?.string == "none" { return nil }
        if let factor = node.scalar.flatMap({ Factor(decimal: $0.string) }) { return .factor(factor) }
        guard node.mapping != nil else {
            throw error(
                "field '\(field)' must be a factor, 0 to \(Factor.maximum), a map of rates, or none", at: node)
        }
        var fields = try nested(node)
        let rates = try fields.tokenRates(inProportionTo: price.rates)
        let tiers = try fields.tiers(beside: rates)
        try fields.finish()
        return .rates(RateSchedule(rates: rates, tiers: tiers))
    }

    /// Returns rates of which only input and output must be given; the others follow the model's own in proportion.
    private mutating func tokenRates(inProportionTo base: TokenRates) throws(RateCardError) -> TokenRates {
        let hasRead = has("cache_read")
        let (has5m, has1h) = (has("cache_write_5m"), has("cache_write_1h"))
        var rates = try tokenRates()
        func input(_ rate: Rate) -> Rate { rate.inProportion(of: rates.input, to: base.input) }
        func output(_ rate: Rate) -> Rate { rate.inProportion(of: rates.output, to: base.output) }
        if !hasRead { rates.cacheRead = input(base.cacheRead) }
        if !has5m { rates.cacheWrite5m = input(base.cacheWrite5m) }
        if !has1h { rates.cacheWrite1h = has5m ? rates.cacheWrite5m : input(base.cacheWrite1h) }
        rates.inputAudio = rates.inputAudio ?? base.inputAudio.map(input)
        rates.inputImage = rates.inputImage ?? base.inputImage.map(input)
        rates.outputAudio = rates.outputAudio ?? base.outputAudio.map(output)
        rates.outputImage = rates.outputImage ?? base.outputImage.map(output)
        return rates
    }

    /// Returns the prices of pictures by size and quality.
    private mutating func pictures() throws(RateCardError) -> [PicturePrice] {
        guard var fields = try map("pictures", of: "sizes and qualities, such as 1024x1024/high, with prices") else {
            return []
        }
        var prices: [PicturePrice] = []
        for name in fields.names {
            let form = PictureForm(text: name)
            guard form != PictureForm(), !prices.contains(where: { $0.form == form }) else {
                throw fields.error("'\(name)' of 'pictures' must be a size, /QUALITY or SIZE/QUALITY, each once")
            }
            if let price = try fields.amount(name) { prices.append(PicturePrice(form, price)) }
        }
        return prices
    }
}

/// What a rate card states for all of its models.
struct RateCardDefaults {
    var tierFactors = ServicePrice.standardTiers
    var defaultTier = ServiceTerms.Tier.standard
    var residency = Factor.one
    var units = UnitPrices()
    var toolBounds = ToolBounds()
    var reasoning: ReasoningConvention?
    var checked: String?

    /// Reads the fields that the defaults and a model's entry have in common.
    mutating func read(_ fields: inout RateCardFields) throws(RateCardError) {
        units.webSearch = try fields.amount("web_search") ?? units.webSearch
        units.fileSearch = try fields.amount("file_search") ?? units.fileSearch
        units.codeInterpreter = try fields.amount("code_interpreter") ?? units.codeInterpreter
        residency = try fields.factor("residency") ?? residency
        reasoning = try fields.choice("reasoning", ReasoningConvention.self) ?? reasoning
        checked = try fields.date("checked") ?? checked
        if let node = fields.take("default_tier") {
            guard let tier = node.scalar.flatMap({ ServiceTerms.Tier(cardName: $0.string) }) else {
                throw fields.error("field 'default_tier' must be one of standard, flex, priority, batch", at: node)
            }
            defaultTier = tier
        }
        if var bounds = try fields.map("tool_bounds", of: "tools with 'uses' and 'tokens'") {
            for kind in HostedTool.Kind.allCases {
                guard var bound = try bounds.map(kind.cardName, of: "'uses' and 'tokens'") else { continue }
                toolBounds[kind].uses = try bound.count("uses") ?? toolBounds[kind].uses
                toolBounds[kind].tokens = try bound.count("tokens") ?? toolBounds[kind].tokens
                try bound.finish()
            }
            try bounds.finish()
        }
    }

    /// Reads the factors of service tiers, which replace the built-in ones.
    mutating func readTierFactors(_ fields: inout RateCardFields) throws(RateCardError) {
        guard var factors = try fields.map("tier_factor", of: "service tiers and factors") else { return }
        tierFactors = []
        for name in factors.names {
            guard let tier = ServiceTerms.Tier(cardName: name), tier != .standard else {
                throw factors.error("unknown service tier '\(name)': known are flex, priority, batch")
            }
            if let factor = try factors.factor(name) { tierFactors.append(ServicePrice(.tier(tier), .factor(factor))) }
        }
    }
}

extension ServiceTerms.Tier {
    /// Creates a tier from its name in rate cards; nil for other texts.
    init?(cardName: String) {
        guard let tier = Self.allCases.first(where: { $0 != .unknown && "\($0)" == cardName }) else { return nil }
        self = tier
    }
}

extension HostedTool.Kind {
    /// Its name in rate cards.
    public var cardName: String { dimension?.name ?? "other" }
}
