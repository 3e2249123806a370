import Metering
import Money

/// What a model costs, and the bounds that follow from it.
public struct ModelPrice: Hashable, Sendable {
    /// The model's name, or the pattern that it was found by.
    public var model: String
    /// What its tokens cost.
    public var rates: TokenRates
    /// Rates for long inputs, by their thresholds.
    public var tiers: [PriceTier]
    /// Charged for each request beside its tokens.
    public var perRequest: NanoUSD
    /// Charged for each image that is made.
    public var perImage: NanoUSD
    /// The most that a request's input and output have together, in tokens.
    public var contextTokens: Int64
    /// The most that one answer has, in tokens.
    public var maxOutputTokens: Int64
    /// The most that an image of the input counts for, in tokens.
    public var imageTokens: Int64
    /// What the account is charged for each dollar of these prices.
    public var markup = Markup.none

    /// The most that an image counts for with any model that is widely used: eight tiles of 5,667 tokens and 2,833 for
    /// the whole.
    public static let standardImageTokens: Int64 = 48_169

    /// Creates a price from all of its parts.
    public init(
        model: String, rates: TokenRates, tiers: [PriceTier] = [], perRequest: NanoUSD = .zero,
        perImage: NanoUSD = .zero, contextTokens: Int64, maxOutputTokens: Int64,
        imageTokens: Int64 = ModelPrice.standardImageTokens
    ) {
        self.model = model
        self.rates = rates
        self.tiers = tiers.sorted { $0.above < $1.above }
        self.perRequest = perRequest
        self.perImage = perImage
        self.contextTokens = contextTokens
        self.maxOutputTokens = maxOutputTokens
        self.imageTokens = imageTokens
    }

    /// Returns the cost of a usage: every count at its rate, marked up, rounded up once, to the nano-dollar.
    public func cost(of usage: TokenUsage) -> NanoUSD {
        let rates = rates(for: usage)
        let exact =
            rates.input.exact(usage.input) + rates.output.exact(usage.output) + rates.cacheRead.exact(usage.cacheRead)
            + rates.cacheWrite5m.exact(usage.cacheWrite5m) + rates.cacheWrite1h.exact(usage.cacheWrite1h)
        return charged(exact + fixed(images: usage.images))
    }

    /// Returns what the tokens of a usage cost: the rates of the last tier that its input reaches.
    private func rates(for usage: TokenUsage) -> TokenRates {
        tiers.last { usage.allInput > $0.above }?.rates ?? rates
    }

    // MARK: Bounds

    /// Returns the most that the input of a request can cost.
    public func inputBound(_ demand: PriceDemand) -> NanoUSD { charged(exactInputBound(demand)) }

    /// Returns the most that a request can cost, in input and output.
    public func bound(_ demand: PriceDemand) -> NanoUSD {
        charged(exactInputBound(demand) + dearestOutput(demand).exact(outputBound(demand)))
    }

    /// Returns the most tokens that a request can use, in input and output.
    public func tokenBound(_ demand: PriceDemand) -> Int64 { inputTokenBound(demand) + outputBound(demand) }

    /// Returns how many output tokens each of a request's answers can have for an amount; nil if the amount does not even
    /// pay for its input.
    public func affordableOutput(_ demand: PriceDemand, for amount: NanoUSD) -> Int64? {
        let rest = exactAmount(amount) - exactInputBound(demand)
        guard rest >= 0 else { return nil }
        let rate = Int128(dearestOutput(demand).nanoUSDPerMillionTokens) * Int128(max(1, demand.choices))
        return rate == 0 ? .max : Int64(clamping: rest / rate)
    }

    /// Returns how many output tokens a stream can have for an amount, beside an input that is known or estimated.
    public func affordableOutput(beside usage: TokenUsage, for amount: NanoUSD) -> Int64 {
        var input = usage
        input.output = 0
        let rest = amount - cost(of: input)
        guard rest >= .zero else { return 0 }
        let rate = Int128(rates(for: usage).output.nanoUSDPerMillionTokens)
        return rate == 0 ? .max : Int64(clamping: exactAmount(rest) / rate)
    }

    /// Returns the usage of a request whose upstream did not report one, bounded by what was asked for and by what the
    /// model can write.
    ///
    /// - Parameter textBytes: What the model wrote; about four bytes make a token.
    public func estimate(textBytes: Int64, _ demand: PriceDemand) -> TokenUsage {
        TokenUsage(
            input: demand.input.estimatedTokens(imageTokens: imageTokens, context: contextTokens),
            output: min(RequestInput.tokens(ofText: textBytes), outputBound(demand)))
    }

    /// More output than any request has: keeps products within their range.
    private static let anyOutput: Int64 = 1_000_000_000_000

    private func outputBound(_ demand: PriceDemand) -> Int64 {
        guard demand.generatesText else { return 0 }
        let each = min(demand.maxOutputTokens ?? maxOutputTokens, maxOutputTokens, Self.anyOutput)
        let (product, overflow) = each.multipliedReportingOverflow(by: max(1, demand.choices))
        return overflow ? Self.anyOutput : min(product, Self.anyOutput)
    }

    /// Returns the most tokens that the input of a request can be.
    public func inputTokenBound(_ demand: PriceDemand) -> Int64 {
        demand.input.boundTokens(imageTokens: imageTokens, context: contextTokens)
    }

    private func exactInputBound(_ demand: PriceDemand) -> Int128 {
        let tokens = inputTokenBound(demand)
        var dearest = rates.dearestInput(mayWriteCache: demand.mayWriteCache)
        for tier in tiers where tokens > tier.above {
            dearest = max(dearest, tier.rates.dearestInput(mayWriteCache: demand.mayWriteCache))
        }
        return dearest.exact(tokens) + fixed(images: demand.images)
    }

    private func dearestOutput(_ demand: PriceDemand) -> Rate {
        let tokens = inputTokenBound(demand)
        return tiers.reduce(rates.output) { tokens > $1.above ? max($0, $1.rates.output) : $0 }
    }

    // MARK: Exact amounts, in millionths of a nano-dollar before markup

    private func fixed(images: Int64) -> Int128 {
        Int128(perRequest.nanos) * 1_000_000 + Int128(perImage.nanos) * Int128(images) * 1_000_000
    }

    /// Returns what is charged for an exact price: marked up, and rounded up once.
    private func charged(_ exact: Int128) -> NanoUSD {
        let (marked, overflow) = exact.multipliedReportingOverflow(by: Int128(markup.millionths))
        guard !overflow else { return NanoUSD(nanos: .max) }
        return NanoUSD(nanos: Int64(clamping: (marked + 999_999_999_999) / 1_000_000_000_000))
    }

    /// Returns the largest exact price for which no more than an amount is charged.
    private func exactAmount(_ amount: NanoUSD) -> Int128 {
        guard markup.millionths > 0 else { return Int128(Int64.max) * 1_000_000_000 }
        return Int128(amount.nanos) * 1_000_000_000_000 / Int128(markup.millionths)
    }
}

/// What bounds the cost of a request, as far as it is known beforehand.
public struct PriceDemand: Hashable, Sendable {
    /// How much the model is given to read.
    public var input: RequestInput
    /// The bound on what each answer may have, in tokens; the model's own holds beside it.
    public var maxOutputTokens: Int64?
    /// How many answers are asked for at once.
    public var choices: Int64
    /// How many images are asked for.
    public var images: Int64
    /// Input may be billed as a cache write.
    public var mayWriteCache: Bool
    /// Whether the model writes tokens at all.
    public var generatesText: Bool

    /// Creates a demand from all of its parts.
    public init(
        input: RequestInput, maxOutputTokens: Int64? = nil, choices: Int64 = 1, images: Int64 = 0,
        mayWriteCache: Bool = false, generatesText: Bool = true
    ) {
        self.input = input
        self.maxOutputTokens = maxOutputTokens
        self.choices = choices
        self.images = images
        self.mayWriteCache = mayWriteCache
        self.generatesText = generatesText
    }
}
