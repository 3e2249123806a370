import Metering
import Money

/// Costs of usage.
extension ModelPrice {
    /// Returns the cost of a usage: every quantity at its rate, token rates times the factors of the terms, all with markup,
    /// rounded up once to a whole nano-USD.
    public func cost(of usage: Usage, terms: ServiceTerms = .standard) -> NanoUSD {
        charge(for: usage, terms: terms).cost
    }

    /// Returns the cost of a usage, and flags for what the rate card has no price for.
    public func charge(for usage: Usage, terms: ServiceTerms = .standard) -> Charge {
        let applied = applied(terms)
        var sum = ExactSum(fixed: Int128(perRequest.nanos) * 1_000_000)
        var flags = applied.flags
        forEachLine(of: usage, applied.schedule, form: terms.pictureForm) { line in
            sum.add(line)
            if line.isUnpriced { flags.insert(.unpriced) }
        }
        return Charge(cost: sum.charged(applied.numerator, applied.denominator, markup), flags: flags)
    }

    /// Returns the explanation of ``cost(of:terms:)``.
    public func breakdown(of usage: Usage, terms: ServiceTerms = .standard) -> CostBreakdown {
        let applied = applied(terms)
        let charge = charge(for: usage, terms: terms)
        var lines: [CostBreakdown.Line] = []
        forEachLine(of: usage, applied.schedule, form: terms.pictureForm) { lines.append($0) }
        lines.sort { ($0.dimension.rawValue, $0.rate) < ($1.dimension.rawValue, $1.rate) }
        return CostBreakdown(
            lines: lines, perRequest: perRequest, longInputAbove: applied.schedule.tier(for: usage.allInput)?.above,
            tier: applied.tier, residency: applied.residency, speed: applied.speed, markup: markup,
            flags: charge.flags, cost: charge.cost)
    }

    /// Calls `body` with each quantity of a usage that is not zero and its rate, without allocating for tokens of text.
    private func forEachLine(
        of usage: Usage, _ schedule: RateSchedule, form: String?, _ body: (CostBreakdown.Line) -> Void
    ) {
        let reached = schedule.tier(for: usage.allInput)?.rates ?? schedule.rates
        let splits = tierScope == .excess && !schedule.tiers.isEmpty
        var position: Int64 = 0
        func token(_ dimension: Dimension, _ quantity: Int64) {
            guard quantity != 0 else { return }
            if splits, dimension.isInput {
                schedule.forEachPart(from: position, quantity) { body(Self.line(dimension, $0, $1)) }
                position = position.adding(quantity)
            } else {
                body(Self.line(dimension, quantity, reached))
            }
        }
        // Cached input comes first: prompts are cached from their beginning.
        token(.cacheRead, usage.cacheRead)
        token(.cacheWrite5m, usage.cacheWrite5m)
        token(.cacheWrite1h, usage.cacheWrite1h)
        for other in usage.others where other.dimension.isInput { token(other.dimension, other.amount) }
        token(.input, usage.input)
        token(.output, usage.output)
        for other in usage.others where other.dimension.isOutput { token(other.dimension, other.amount) }
        if usage.pictures != 0 { body(pictures(of: usage, reached, form: form)) }
        for other in usage.others where other.dimension.unit != .token {
            body(line(other.dimension, other.amount, reached))
        }
    }

    /// Returns the line of tokens.
    private static func line(_ dimension: Dimension, _ quantity: Int64, _ rates: TokenRates) -> CostBreakdown.Line {
        let own = rates[dimension]
        let rate = own ?? (dimension.isInput ? rates.highestInput : rates.highestOutput)
        return CostBreakdown.Line(
            dimension: dimension, quantity: quantity, rate: NanoUSD(nanos: rate.nanoUSDPerMillionTokens),
            per: 1_000_000, isScaled: true, isUnpriced: own == nil)
    }

    /// Maximum of output tokens of a picture: the largest documented picture has 6,240, and 100 for each of three
    /// previews.
    public static let tokensOfPicture: Int64 = 10_000
    /// Maximum of tokens of a second of audio that any common model counts.
    private static let tokensOfAudioSecond: Int64 = 32

    /// Returns the line of pictures. Pictures without a price cost nothing beside output tokens, of which they consist.
    private func pictures(of usage: Usage, _ rates: TokenRates, form: String?) -> CostBreakdown.Line {
        let own = pictureRate(form.map(PictureForm.init(text:)) ?? PictureForm())
        var line = CostBreakdown.Line(
            dimension: .pictures, quantity: usage.pictures, rate: own ?? .zero, per: 1, isScaled: false,
            isUnpriced: false)
        if own == nil, usage.allOutput == 0 {
            line.rate = Self.price(of: Self.tokensOfPicture, rates.highestOutput)
            line.isScaled = true
            line.isUnpriced = true
        } else if own != nil, units.price(of: form.map(PictureForm.init(text:)) ?? PictureForm()) == nil {
            line.isUnpriced = true
        }
        return line
    }

    /// Returns the price of a picture: of its form, else the highest of all; nil if pictures have no price.
    func pictureRate(_ form: PictureForm) -> NanoUSD? { units.price(of: form) ?? units.pictures.map(\.price).max() }

    /// Returns the line of a quantity that is neither tokens nor pictures. Without a price it is charged as tokens of its
    /// input, at the highest rate.
    func line(_ dimension: Dimension, _ quantity: Int64, _ rates: TokenRates) -> CostBreakdown.Line {
        let (own, per): (NanoUSD?, Int64) =
            switch dimension.unit {
            case .millisecond: (units.audioSecond, 1000)
            case .character: (units.characters.map { NanoUSD(nanos: $0.nanoUSDPerMillionTokens) }, 1_000_000)
            case .call, .picture, .token: (units.price(ofCall: dimension), 1)
            }
        let fallback =
            dimension.unit == .millisecond
            ? Self.price(of: Self.tokensOfAudioSecond, rates.highestInput)
            : NanoUSD(nanos: rates.highestInput.nanoUSDPerMillionTokens)
        return CostBreakdown.Line(
            dimension: dimension, quantity: quantity, rate: own ?? fallback, per: per, isScaled: own == nil,
            isUnpriced: own == nil)
    }

    /// Returns the price of a number of tokens, rounded up.
    private static func price(of tokens: Int64, _ rate: Rate) -> NanoUSD {
        NanoUSD(nanos: Int64(clamping: (rate.exact(tokens) + 999_999) / 1_000_000))
    }
}

extension UnitPrices {
    /// Returns the price of a call; nil for what is not counted in calls.
    func price(ofCall dimension: Dimension) -> NanoUSD? {
        switch dimension {
        case .webSearch: webSearch
        case .fileSearch: fileSearch
        case .codeInterpreter: codeInterpreter
        default: nil
        }
    }
}

extension RateSchedule {
    /// Calls `body` with the parts of a quantity of input between the thresholds, and the rates of each.
    ///
    /// - Parameter start: The number of input tokens before the quantity.
    func forEachPart(from start: Int64, _ quantity: Int64, _ body: (Int64, TokenRates) -> Void) {
        var position = start
        let end = start.adding(quantity)
        var current = rates
        for tier in tiers {
            let part = min(end, max(tier.above, position)) - position
            if part > 0 { body(part, current) }
            position += max(0, part)
            current = tier.rates
        }
        if end > position { body(end - position, current) }
    }
}
