import Money
import Timekeeping

/// What a key may do beyond its budget, its requests per minute and its requests in flight. Nothing is a rule until it
/// is set.
public struct KeyRules: Hashable, Sendable {
    /// Whether the key may make requests at all.
    public var isEnabled = true
    /// From when on it may not make requests any more.
    public var expiresAt: Timestamp?
    /// The most that it spends in a window of the calendar, or ever.
    public var spendLimit: SpendLimit?
    /// The most that it ever spends.
    public var creditLimit: NanoUSD?
    /// Requests admitted on one day in UTC.
    public var requestsPerDay: Int?
    /// Tokens, read and written, in any 60 seconds.
    public var tokensPerMinute: Int64?
    /// Models that it may name, by ``ModelPattern``; nil allows all, an empty list none.
    public var allowedModels: [ModelPattern]?
    /// Addresses that its requests may come from; nil allows all, an empty list none.
    public var allowedAddresses: [AddressRange]?
    /// An allowance that comes back with every window, drawn from the account's available balance.
    public var subscription: Subscription?
    /// Whether the allowance is used before the rest of the key's money.
    public var usesSubscriptionFirst = true
    /// Whether the rest of the key's money is used when the allowance is used up.
    public var fallsBackToBalance = true
    /// Where the key is used: `production`, `ci`.
    public var environment: String?
    /// Who uses it.
    public var team: String?
    /// What for.
    public var project: String?
    /// Whatever the reseller wants to remember.
    public var notes: String?

    /// Creates rules that forbid nothing.
    public init() {}
}

/// An amount that may be spent in a window of the calendar.
public struct SpendLimit: Hashable, Sendable {
    /// The amount.
    public var amount: NanoUSD
    /// The window; nil is the key's whole life.
    public var period: Period?

    /// Creates a limit.
    public init(amount: NanoUSD, period: Period?) {
        self.amount = amount
        self.period = period
    }
}

/// An allowance that comes back with every window of the calendar.
public struct Subscription: Hashable, Sendable {
    /// What may be used in each window.
    public var allowance: NanoUSD
    /// The window.
    public var period: Period

    /// Creates a subscription.
    public init(allowance: NanoUSD, period: Period) {
        self.allowance = allowance
        self.period = period
    }
}

/// The name of a model, or the beginning of names: `gpt-5-mini`, `claude-*`, `*`.
public struct ModelPattern: Hashable, Sendable {
    /// As it was written.
    public let text: String

    /// Creates a pattern from 1 to 200 visible ASCII characters; a `*` may only be the last of them.
    public init?(_ text: String) {
        guard (1...200).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            !text.dropLast().contains("*")
        else { return nil }
        self.text = text
    }

    /// Whether a model's name is meant.
    public func matches(_ model: String) -> Bool {
        text.hasSuffix("*") ? model.utf8.starts(with: text.utf8.dropLast()) : model == text
    }
}

/// What is to change about a key's rules; nil leaves a rule as it is, an inner nil takes it away.
public struct KeyRulesChange: Hashable, Sendable {
    /// See ``KeyRules/isEnabled``.
    public var isEnabled: Bool?
    /// See ``KeyRules/expiresAt``.
    public var expiresAt: Timestamp??
    /// The amount of ``KeyRules/spendLimit``; taking it away takes the period away too.
    public var spendLimit: NanoUSD??
    /// The period of ``KeyRules/spendLimit``.
    public var spendLimitPeriod: Period??
    /// See ``KeyRules/creditLimit``.
    public var creditLimit: NanoUSD??
    /// See ``KeyRules/requestsPerDay``.
    public var requestsPerDay: Int??
    /// See ``KeyRules/tokensPerMinute``.
    public var tokensPerMinute: Int64??
    /// See ``KeyRules/allowedModels``.
    public var allowedModels: [ModelPattern]??
    /// See ``KeyRules/allowedAddresses``.
    public var allowedAddresses: [AddressRange]??
    /// See ``KeyRules/subscription``.
    public var subscription: Subscription??
    /// See ``KeyRules/usesSubscriptionFirst``.
    public var usesSubscriptionFirst: Bool?
    /// See ``KeyRules/fallsBackToBalance``.
    public var fallsBackToBalance: Bool?
    /// See ``KeyRules/environment``.
    public var environment: String??
    /// See ``KeyRules/team``.
    public var team: String??
    /// See ``KeyRules/project``.
    public var project: String??
    /// See ``KeyRules/notes``.
    public var notes: String??

    /// Creates a change of nothing.
    public init() {}

    /// Returns rules as they are after this change; nil if it sets a period for a spend limit that there is none of.
    public func applied(to rules: KeyRules) -> KeyRules? {
        var rules = rules
        rules.isEnabled = isEnabled ?? rules.isEnabled
        rules.expiresAt = expiresAt ?? rules.expiresAt
        let amount = spendLimit ?? rules.spendLimit?.amount
        let period = spendLimitPeriod ?? rules.spendLimit?.period
        rules.spendLimit = amount.map { SpendLimit(amount: $0, period: period) }
        if amount == nil, case .some(.some) = spendLimitPeriod { return nil }
        rules.creditLimit = creditLimit ?? rules.creditLimit
        rules.requestsPerDay = requestsPerDay ?? rules.requestsPerDay
        rules.tokensPerMinute = tokensPerMinute ?? rules.tokensPerMinute
        rules.allowedModels = allowedModels ?? rules.allowedModels
        rules.allowedAddresses = allowedAddresses ?? rules.allowedAddresses
        rules.subscription = subscription ?? rules.subscription
        rules.usesSubscriptionFirst = usesSubscriptionFirst ?? rules.usesSubscriptionFirst
        rules.fallsBackToBalance = fallsBackToBalance ?? rules.fallsBackToBalance
        rules.environment = environment ?? rules.environment
        rules.team = team ?? rules.team
        rules.project = project ?? rules.project
        rules.notes = notes ?? rules.notes
        return rules
    }
}
