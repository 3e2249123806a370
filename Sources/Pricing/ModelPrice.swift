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
    /// What the rates for long inputs apply to.
    public var tierScope = TierScope.request
    /// Prices of service tiers and of the speed that costs more.
    public var services = ServicePrice.standardTiers
    /// The dearest service tier that the upstream serves if a request names none.
    public var defaultTier = ServiceTerms.Tier.standard
    /// Factor on token rates of requests that are kept in the region that costs more.
    public var residency = Factor.one
    /// Fixed price of each request.
    public var perRequest: NanoUSD
    /// Prices of what is not counted in tokens.
    public var units = UnitPrices()
    /// Bounds of tools that the upstream runs.
    public var toolBounds = ToolBounds()
    /// How the upstream counts reasoning; nil if that is left to its protocol.
    public var reasoning: ReasoningConvention?
    /// The context window: maximum tokens of input and output together.
    public var contextTokens: Int64
    /// Maximum output tokens of one answer.
    public var maxOutputTokens: Int64
    /// Maximum tokens that an input image counts for.
    public var imageTokens: Int64
    /// The date on which the price was compared with the provider's, such as `2026-11-20`; nil if none is stated.
    public var checked: String?
    /// The account's markup on these prices.
    public var markup = Markup.none

    /// Default of ``imageTokens``: the maximum of any common model (eight tiles of 5,667 tokens and 2,833 for the whole
    /// image).
    public static let standardImageTokens: Int64 = 48_169

    /// Creates a price without markup.
    ///
    /// - Parameter perImage: Price of a generated picture; nil if pictures have no price of their own.
    public init(
        model: String, rates: TokenRates, tiers: [PriceTier] = [], perRequest: NanoUSD = .zero,
        perImage: NanoUSD? = nil, contextTokens: Int64, maxOutputTokens: Int64,
        imageTokens: Int64 = ModelPrice.standardImageTokens
    ) {
        self.model = model
        self.rates = rates
        self.tiers = tiers.sorted { $0.above < $1.above }
        self.perRequest = perRequest
        self.contextTokens = contextTokens
        self.maxOutputTokens = maxOutputTokens
        self.imageTokens = imageTokens
        units.picture = perImage
    }

    /// Price of a generated picture whose form has no price of its own.
    public var perImage: NanoUSD { units.picture ?? .zero }

    /// Returns whether the rate card has a rate for a dimension.
    public func hasRate(for dimension: Dimension) -> Bool {
        switch dimension {
        case .pictures: units.picture != nil || !units.pictures.isEmpty
        case .webSearch, .fileSearch, .codeInterpreter: true
        case .audioTime: units.audioSecond != nil
        case .characters: units.characters != nil
        default: rates[dimension] != nil
        }
    }

    /// Returns the first requirement of a request that has no rate; nil if all have one.
    public func missing(_ requirements: [PriceRequirement]) -> PriceRequirement? {
        requirements.first { requirement in
            switch requirement.subject {
            case .anyOf(let dimensions): !dimensions.contains(where: hasRate(for:))
            case .tier(.standard): false
            case .tier(let tier): price(of: .tier(tier)) == nil
            case .speed: price(of: .fast) == nil
            }
        }
    }
}
