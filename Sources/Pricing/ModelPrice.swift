import Metering
import Money

/// The price of a model: its rates, its token limits and the account's markup. Computes costs and cost bounds.
public struct ModelPrice: Hashable, Sendable {
    /// The model's name; in ``RateCard/models`` the name or pattern of the entry.
    public var model: String
    /// Rates of the model's tokens.
    public var rates: TokenRates
    /// Rates for long inputs, in ascending order of their thresholds.
    public var tiers: [PriceTier]
    /// Fixed price of each request.
    public var perRequest: NanoUSD
    /// Fixed price of each generated image.
    public var perImage: NanoUSD
    /// The context window: maximum tokens of input and output together.
    public var contextTokens: Int64
    /// Maximum output tokens of one answer.
    public var maxOutputTokens: Int64
    /// Maximum tokens that an input image counts for.
    public var imageTokens: Int64
    /// The account's markup on these prices.
    public var markup = Markup.none

    /// Default of ``imageTokens``: the maximum of any common model (eight tiles of 5,667 tokens and 2,833 for the whole
    /// image).
    public static let standardImageTokens: Int64 = 48_169

    /// Creates a price without markup.
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

    /// Returns the cost of a usage: every count at its rate, with markup, rounded up once to a whole nano-USD.
    public func cost(of usage: Usage) -> NanoUSD {
        let rates = rates(for: usage)
        let exact =
            rates.input.exact(usage.input) + rates.output.exact(usage.output) + rates.cacheRead.exact(usage.cacheRead)
            + rates.cacheWrite5m.exact(usage.cacheWrite5m) + rates.cacheWrite1h.exact(usage.cacheWrite1h)
        return charged(exact + fixed(pictures: usage.pictures))
    }

    /// Returns the rates for a usage: those of the highest tier whose threshold its input exceeds.
    private func rates(for usage: Usage) -> TokenRates {
        tiers.last { usage.allInput > $0.above }?.rates ?? rates
    }

    // MARK: Bounds

    /// Returns the cost bound of a request's input.
    public func inputBound(_ demand: PriceDemand) -> NanoUSD { charged(exactInputBound(demand)) }

    /// Returns the cost bound of a request, input and output.
    public func bound(_ demand: PriceDemand) -> NanoUSD {
        charged(exactInputBound(demand) + highestOutputRate(demand).exact(outputBound(demand)))
    }

    /// Returns the bound of a request's tokens, input and output.
    public func tokenBound(_ demand: PriceDemand) -> Int64 { inputTokenBound(demand) + outputBound(demand) }

    /// Returns the maximum output tokens per answer whose cost bound fits an amount; nil if the bound of the input alone
    /// exceeds it.
    public func affordableOutput(_ demand: PriceDemand, for amount: NanoUSD) -> Int64? {
        let rest = exactAmount(amount) - exactInputBound(demand)
        guard rest >= 0 else { return nil }
        let rate = Int128(highestOutputRate(demand).nanoUSDPerMillionTokens) * Int128(max(1, demand.choices))
        return rate == 0 ? .max : Int64(clamping: rest / rate)
    }

    /// Returns the maximum output tokens of a stream that an amount pays for in addition to the input of `usage`.
    public func affordableOutput(beside usage: Usage, for amount: NanoUSD) -> Int64 {
        var input = usage
        input.output = 0
        let rest = amount - cost(of: input)
        guard rest >= .zero else { return 0 }
        let rate = Int128(rates(for: usage).output.nanoUSDPerMillionTokens)
        return rate == 0 ? .max : Int64(clamping: exactAmount(rest) / rate)
    }

    /// Returns the estimated usage of a request whose upstream reported none; never more than the request's bound.
    ///
    /// - Parameter textBytes: Size of the output text in bytes, of which four count as one token.
    public func estimate(textBytes: Int64, _ demand: PriceDemand) -> Usage {
        Usage(
            input: demand.input.estimatedTokens(imageTokens: imageTokens, context: contextTokens),
            output: min(RequestInput.tokens(ofText: textBytes), outputBound(demand)))
    }

    /// Upper limit of output tokens, which keeps products within 128 bits.
    private static let maximumOutputBound: Int64 = 1_000_000_000_000

    private func outputBound(_ demand: PriceDemand) -> Int64 {
        guard demand.generatesText else { return 0 }
        let each = min(demand.maxOutputTokens ?? maxOutputTokens, maxOutputTokens, Self.maximumOutputBound)
        let (product, overflow) = each.multipliedReportingOverflow(by: max(1, demand.choices))
        return overflow ? Self.maximumOutputBound : min(product, Self.maximumOutputBound)
    }

    /// Returns the bound of a request's input tokens.
    public func inputTokenBound(_ demand: PriceDemand) -> Int64 {
        demand.input.boundTokens(imageTokens: imageTokens, context: contextTokens)
    }

    private func exactInputBound(_ demand: PriceDemand) -> Int128 {
        let tokens = inputTokenBound(demand)
        var highest = rates.highestInputRate(mayWriteCache: demand.mayWriteCache)
        for tier in tiers where tokens > tier.above {
            highest = max(highest, tier.rates.highestInputRate(mayWriteCache: demand.mayWriteCache))
        }
        return highest.exact(tokens) + fixed(pictures: demand.pictures)
    }

    private func highestOutputRate(_ demand: PriceDemand) -> Rate {
        let tokens = inputTokenBound(demand)
        return tiers.reduce(rates.output) { tokens > $1.above ? max($0, $1.rates.output) : $0 }
    }

    // MARK: Exact amounts, in millionths of a nano-USD before markup

    private func fixed(pictures: Int64) -> Int128 {
        Int128(perRequest.nanos) * 1_000_000 + Int128(perImage.nanos) * Int128(pictures) * 1_000_000
    }

    /// Returns the charge for an exact amount: with markup, rounded up once; `Int64.max` nano-USD on overflow.
    private func charged(_ exact: Int128) -> NanoUSD {
        let (marked, overflow) = exact.multipliedReportingOverflow(by: Int128(markup.millionths))
        guard !overflow else { return NanoUSD(nanos: .max) }
        return NanoUSD(nanos: Int64(clamping: (marked + 999_999_999_999) / 1_000_000_000_000))
    }

    /// Returns the largest exact amount whose charge does not exceed `amount`.
    private func exactAmount(_ amount: NanoUSD) -> Int128 {
        guard markup.millionths > 0 else { return Int128(Int64.max) * 1_000_000_000 }
        return Int128(amount.nanos) * 1_000_000_000_000 / Int128(markup.millionths)
    }
}

/// The quantities that bound the cost of a request, known before it is sent.
public struct PriceDemand: Hashable, Sendable {
    /// The size of the input.
    public var input: RequestInput
    /// The request's own limit of output tokens per answer; the model's limit also applies.
    public var maxOutputTokens: Int64?
    /// Number of answers requested (`n`).
    public var choices: Int64
    /// Number of images to generate.
    public var pictures: Int64
    /// Whether input can be billed as a cache write.
    public var mayWriteCache: Bool
    /// Whether the response has output tokens.
    public var generatesText: Bool

    /// Creates a demand; the defaults are those of a plain request for one answer.
    public init(
        input: RequestInput, maxOutputTokens: Int64? = nil, choices: Int64 = 1, pictures: Int64 = 0,
        mayWriteCache: Bool = false, generatesText: Bool = true
    ) {
        self.input = input
        self.maxOutputTokens = maxOutputTokens
        self.choices = choices
        self.pictures = pictures
        self.mayWriteCache = mayWriteCache
        self.generatesText = generatesText
    }
}
