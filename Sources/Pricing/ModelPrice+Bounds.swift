import Metering
import Money

/// Bounds of what a request can cost.
extension ModelPrice {
    /// Returns the cost bound of a request's input as it is sent, without what hosted tools add.
    public func inputBound(_ demand: PriceDemand) -> NanoUSD {
        var sent = demand
        sent.hostedTools = []
        return bound(sent, output: 0)
    }

    /// Returns the cost bound of a request, input and output.
    public func bound(_ demand: PriceDemand) -> NanoUSD { bound(demand, output: outputBound(demand)) }

    private func bound(_ demand: PriceDemand, output: Int64) -> NanoUSD {
        var highest = NanoUSD.zero
        forEachCase(demand) { highest = max(highest, $0.charged(output: output, markup)) }
        return highest
    }

    /// Returns the bound of a request's tokens, input and output.
    public func tokenBound(_ demand: PriceDemand) -> Int64 { inputTokenBound(demand).adding(outputBound(demand)) }

    /// Returns the bound of a request's input tokens.
    public func inputTokenBound(_ demand: PriceDemand) -> Int64 { InputBound(demand, self).tokens }

    /// Returns the maximum output tokens per answer whose cost bound fits an amount; nil if the bound of the input alone
    /// exceeds it.
    public func affordableOutput(_ demand: PriceDemand, for amount: NanoUSD) -> Int64? {
        var fewest: Int64? = .max
        forEachCase(demand) { terms in
            let affordable = terms.affordableOutput(for: exactAmount(amount))
            fewest = fewest.flatMap { fewest in affordable.map { min(fewest, $0 / max(1, demand.choices)) } }
        }
        return fewest
    }

    /// Returns the maximum output tokens of a stream that an amount pays for in addition to the input of `usage`.
    public func affordableOutput(
        beside usage: Usage, for amount: NanoUSD, terms: ServiceTerms = .standard
    ) -> Int64 {
        var input = usage
        input.output = 0
        let rest = amount - cost(of: input, terms: terms)
        guard rest >= .zero else { return 0 }
        let applied = applied(terms)
        let rates = applied.schedule.tier(for: usage.allInput)?.rates ?? applied.schedule.rates
        return BoundCase(
            sum: ExactSum(), output: rates.output, numerator: applied.numerator, denominator: applied.denominator
        ).affordableOutput(for: exactAmount(rest)) ?? 0
    }

    /// Returns the estimated usage of a request whose upstream reported none; never more than the request's bound.
    ///
    /// - Parameter textBytes: Size of the output text in bytes, of which four count as one token.
    public func estimate(textBytes: Int64, _ demand: PriceDemand) -> Usage {
        if let known = knownUsage(demand) { return known }
        let time = demand.quantities[.audioTime]
        if time > 0, hasRate(for: .audioTime) {
            var usage = Usage()
            usage[.audioTime] = RequestInput.estimatedMilliseconds(atMost: time)
            return usage
        }
        var usage = Usage(
            input: demand.input.estimatedTokens(imageTokens: imageTokens, context: contextTokens),
            output: min(RequestInput.tokens(ofText: textBytes), outputBound(demand)))
        let characters = demand.quantities[.characters]
        if characters > 0 {
            usage.output = 0
            usage[.outputAudio] = min(RequestInput.audioTokens(speaking: characters), outputBound(demand))
        }
        return usage
    }

    /// Returns the usage that follows from the request alone: the characters of a text that is spoken, if they have a rate.
    public func knownUsage(_ demand: PriceDemand) -> Usage? {
        let characters = demand.quantities[.characters]
        guard characters > 0, hasRate(for: .characters) else { return nil }
        var usage = Usage()
        usage[.characters] = characters
        return usage
    }

    /// Upper limit of output tokens, which keeps products within 128 bits.
    private static let maximumOutputBound: Int64 = 1_000_000_000_000

    private func outputBound(_ demand: PriceDemand) -> Int64 {
        guard demand.generatesText else { return 0 }
        let each = min(demand.maxOutputTokens ?? maxOutputTokens, maxOutputTokens, Self.maximumOutputBound)
        return min(each.multiplied(by: max(1, demand.choices)), Self.maximumOutputBound)
    }

    /// Returns the largest exact amount whose charge does not exceed `amount`.
    private func exactAmount(_ amount: NanoUSD) -> Int128 {
        guard markup.millionths > 0 else { return Int128(Int64.max) * 1_000_000_000 }
        return Int128(amount.nanos) * 1_000_000_000_000 / Int128(markup.millionths)
    }

    // MARK: Cases

    /// Calls `body` for all terms that the request's words allow, and all rates for long inputs that it can reach.
    private func forEachCase(_ demand: PriceDemand, _ body: (BoundCase) -> Void) {
        let input = InputBound(demand, self)
        forEachTerms(demand) { terms in
            let applied = applied(terms)
            let (numerator, denominator) = (applied.numerator, applied.denominator)
            if tierScope == .excess {
                var sum = fixedSum(demand, applied.schedule.highest)
                applied.schedule.forEachPart(from: 0, input.tokens) { part, rates in
                    sum.scaled = sum.scaled.adding(input.highestRate(rates).exact(part))
                }
                let output = applied.schedule.rates(reachedBy: input.tokens).map(\.highestOutput).max() ?? .free
                body(BoundCase(sum: sum, output: output, numerator: numerator, denominator: denominator))
            } else {
                func add(_ rates: TokenRates) {
                    var sum = fixedSum(demand, rates)
                    sum.scaled = sum.scaled.adding(input.exact(rates))
                    body(
                        BoundCase(
                            sum: sum, output: rates.highestOutput, numerator: numerator, denominator: denominator))
                }
                add(applied.schedule.rates)
                for tier in applied.schedule.tiers where input.tokens > tier.above { add(tier.rates) }
            }
        }
    }

    /// Returns the bound of what is not counted in tokens.
    private func fixedSum(_ demand: PriceDemand, _ rates: TokenRates) -> ExactSum {
        var sum = ExactSum(fixed: Int128(perRequest.nanos) * 1_000_000)
        if demand.pictures > 0, let rate = pictureRate(demand.pictureForm ?? PictureForm()) {
            sum.fixed += Int128(rate.nanos) * Int128(demand.pictures) * 1_000_000
        }
        for tool in demand.hostedTools {
            guard let dimension = tool.kind.dimension else { continue }
            sum.add(line(dimension, toolBounds.uses(of: tool), rates))
        }
        // Without a rate of its own it is charged by its tokens, which are part of the input or of the output.
        for quantity in demand.quantities.others
        where quantity.dimension.unit != .token && hasRate(for: quantity.dimension) {
            sum.add(line(quantity.dimension, quantity.amount, rates))
        }
        return sum
    }

    /// Calls `body` with all terms under which the upstream may serve a request.
    private func forEachTerms(_ demand: PriceDemand, _ body: (ServiceTerms) -> Void) {
        func add(_ tier: ServiceTerms.Tier) {
            body(ServiceTerms(tier: tier))
            if demand.isResident { body(ServiceTerms(tier: tier, isResident: true)) }
            if demand.isFast { body(ServiceTerms(tier: tier, isFast: true)) }
            if demand.isResident, demand.isFast { body(ServiceTerms(tier: tier, isResident: true, isFast: true)) }
        }
        add(.standard)
        switch demand.tier {
        case .unstated: if defaultTier != .standard { add(defaultTier) }
        case .automatic: for tier in [ServiceTerms.Tier.flex, .priority] { add(tier) }
        case .only(let tier): if tier != .standard { add(tier) }
        }
    }
}

/// The bound of a request under one set of terms and rates.
private struct BoundCase {
    /// The bound of the input and of what is not counted in tokens.
    var sum: ExactSum
    /// The highest rate of its output.
    var output: Rate
    /// The fraction for scaled amounts.
    var numerator: Int128
    var denominator: Int128

    func charged(output tokens: Int64, _ markup: Markup) -> NanoUSD {
        ExactSum(scaled: sum.scaled.adding(output.exact(tokens)), fixed: sum.fixed)
            .charged(numerator, denominator, markup)
    }

    /// Returns the maximum output tokens that an exact amount pays for; nil if it does not pay for the input.
    func affordableOutput(for exact: Int128) -> Int64? {
        let rest =
            exact.multiplied(by: denominator)
            .subtractingReportingOverflow(
                sum.fixed.multiplied(by: denominator).adding(sum.scaled.multiplied(by: numerator)))
        guard !rest.overflow, rest.partialValue >= 0 else { return nil }
        let rate = Int128(output.nanoUSDPerMillionTokens) * numerator
        return rate == 0 ? .max : Int64(clamping: rest.partialValue / rate)
    }
}

extension RateSchedule {
    /// Returns all rates that an input can reach.
    fileprivate func rates(reachedBy input: Int64) -> [TokenRates] {
        [rates] + tiers.filter { input > $0.above }.map(\.rates)
    }

    /// The rates whose input is the dearest.
    fileprivate var highest: TokenRates {
        ([rates] + tiers.map(\.rates)).max { $0.highestInput < $1.highestInput } ?? rates
    }
}
