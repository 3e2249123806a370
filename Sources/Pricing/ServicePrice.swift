import Metering

/// The price of a service other than the usual one: a service tier, or the speed that costs more.
public struct ServicePrice: Hashable, Sendable {
    /// The service.
    public enum Service: Hashable, Sendable {
        /// A service tier.
        case tier(ServiceTerms.Tier)
        /// The speed that costs more.
        case fast
    }

    /// How its tokens are charged.
    public enum Terms: Hashable, Sendable {
        /// At the model's rates times a factor.
        case factor(Factor)
        /// At rates of their own.
        case rates(RateSchedule)
    }

    /// The service.
    public var service: Service
    /// How its tokens are charged.
    public var terms: Terms

    /// Creates a price.
    public init(_ service: Service, _ terms: Terms) {
        self.service = service
        self.terms = terms
    }

    /// Factors of the service tiers that hold unless the rate card has others (`tier_factor`), as most providers have
    /// them.
    public static let standardTiers: [ServicePrice] = [
        (ServiceTerms.Tier.flex, 500_000), (.priority, 2_000_000), (.batch, 500_000),
    ].compactMap { tier, millionths in
        Factor(millionths: millionths).map { ServicePrice(.tier(tier), .factor($0)) }
    }
}

/// The rates and the factors that apply to tokens under the terms of a request.
struct AppliedRates {
    /// The rates before the factors.
    var schedule: RateSchedule
    /// Factor of the service tier.
    var tier = Factor.one
    /// Factor of the region.
    var residency = Factor.one
    /// Factor of the speed.
    var speed = Factor.one
    /// Set where the rate card has no price for the terms.
    var flags: UsageFlags = []

    /// The numerator of the product of all factors, at most 1e24.
    var numerator: Int128 { Int128(tier.numerator) * Int128(residency.numerator) * Int128(speed.numerator) }
    /// The denominator of the product of all factors, at most 1e18.
    var denominator: Int128 { Int128(tier.denominator) * Int128(residency.denominator) * Int128(speed.denominator) }
}

extension ModelPrice {
    /// Returns the price of a service; nil if the rate card has none.
    func price(of service: ServicePrice.Service) -> ServicePrice.Terms? {
        services.first { $0.service == service }?.terms
    }

    /// Returns the rates under some terms.
    ///
    /// The speed's own rates replace the model's, and so do the tier's. Where both have rates of their own, the speed's
    /// hold and the row is flagged.
    func applied(_ terms: ServiceTerms) -> AppliedRates {
        var applied = AppliedRates(schedule: RateSchedule(sorted: rates, tiers))
        guard terms.tier != .standard || terms.isResident || terms.isFast else { return applied }
        var hasOwnRates = false
        if terms.isResident { applied.residency = residency }
        if terms.isFast {
            switch price(of: .fast) {
            case .factor(let factor): applied.speed = factor
            case .rates(let schedule):
                applied.schedule = schedule
                hasOwnRates = true
            case nil: applied.flags.insert(.unpricedTier)
            }
        }
        if terms.tier != .standard {
            switch price(of: .tier(terms.tier)) {
            case .factor(let factor): applied.tier = factor
            case .rates(let schedule) where !hasOwnRates: applied.schedule = schedule
            case .rates, nil: applied.flags.insert(.unpricedTier)
            }
        }
        return applied
    }
}
