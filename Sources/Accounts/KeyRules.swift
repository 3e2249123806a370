import Money
import Timekeeping

/// The rules of a key besides its budget and ``KeyLimits``. A rule that is nil does not restrict.
public struct KeyRules: Hashable, Sendable {
    /// Whether the key can make requests.
    public var isEnabled = true
    /// The time from which the key can no longer make requests.
    public var expiresAt: Timestamp?
    /// Maximum spending in a calendar window, or in total.
    public var spendLimit: SpendLimit?
    /// Maximum spending in total.
    public var creditLimit: NanoUSD?
    /// Maximum requests admitted per UTC day.
    public var requestsPerDay: Int?
    /// Maximum tokens, input and output, in any 60 seconds.
    public var tokensPerMinute: Int64?
    /// Models that the key can use; nil allows all, an empty list none.
    public var allowedModels: [ModelPattern]?
    /// Client addresses that the key can be used from; nil allows all, an empty list none.
    public var allowedAddresses: [AddressRange]?
    /// A periodic allowance, paid from the account's available balance.
    public var subscription: Subscription?
    /// Whether the allowance is used before the key's other payer.
    public var usesSubscriptionFirst = true
    /// Whether the key's other payer is used when the allowance is exhausted.
    public var fallsBackToBalance = true
    /// Tag for analytics: where the key is used, such as `production` or `ci`.
    public var environment: String?
    /// Tag for analytics: who uses the key.
    public var team: String?
    /// Tag for analytics: what the key is used for.
    public var project: String?
    /// Free text of the reseller; hidden from clients.
    public var notes: String?

    /// Creates rules that restrict nothing.
    public init() {}
}

/// Maximum spending in each calendar window.
public struct SpendLimit: Hashable, Sendable {
    /// The maximum.
    public var amount: NanoUSD
    /// The window; nil means the key's whole lifetime.
    public var period: Period?

    /// Creates a limit.
    public init(amount: NanoUSD, period: Period?) {
        self.amount = amount
        self.period = period
    }
}

/// An allowance that is renewed in each calendar window.
public struct Subscription: Hashable, Sendable {
    /// The amount that can be used in each window.
    public var allowance: NanoUSD
    /// The window.
    public var period: Period

    /// Creates a subscription.
    public init(allowance: NanoUSD, period: Period) {
        self.allowance = allowance
        self.period = period
    }
}

/// A model name, or a prefix of model names followed by `*`: `gpt-5-mini`, `claude-*`, `*`.
public struct ModelPattern: Hashable, Sendable {
    /// The pattern as given.
    public let text: String

    /// Creates a pattern; nil unless it has 1 to 200 visible ASCII characters with at most one `*`, at the end.
    public init?(_ text: String) {
        guard (1...200).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            !text.dropLast().contains("*")
        else { return nil }
        self.text = text
    }

    /// Returns whether a model's name matches the pattern.
    public func matches(_ model: String) -> Bool {
        text.hasSuffix("*") ? model.utf8.starts(with: text.utf8.dropLast()) : model == text
    }
}

/// A change of a key's rules. A nil field keeps the rule; a field that holds nil removes it.
public struct KeyRulesChange: Hashable, Sendable {
    /// See ``KeyRules/isEnabled``.
    public var isEnabled: Bool?
    /// See ``KeyRules/expiresAt``.
    public var expiresAt: Timestamp??
    /// The amount of ``KeyRules/spendLimit``; removing it also removes the period.
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

    /// Creates a change that keeps every rule.
    public init() {}

    /// Returns the rules with this change applied; nil if it sets a period without a spend limit.
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
