import Accounts
import Money
import Timekeeping

/// A key to be created.
public struct NewKey: Hashable, Sendable {
    /// Public identifier of the key.
    public var publicID: UUIDv7
    /// Its kind.
    public var kind: KeyKind
    /// Its secret.
    public var secret: KeySecret
    /// The reseller's name for it.
    public var label: String
    /// Its limits of requests per minute and in flight.
    public var limits: KeyLimits
    /// Display multiplier: what its client sees for each real dollar.
    public var multiplier: DisplayMultiplier
    /// What happens when the bound of a request does not fit the money that is left; nil takes the account's policy.
    public var shortage: ShortagePolicy?
    /// Its other rules.
    public var rules: KeyRules
    /// Whether it has no budget and draws on the account; account keys and web tokens always do.
    public var drawsOnAccount: Bool
    /// Budget that is moved from the account to it.
    public var budget: NanoUSD

    /// Creates a key to be created.
    public init(
        publicID: UUIDv7, kind: KeyKind = .client, secret: KeySecret, label: String, limits: KeyLimits,
        multiplier: DisplayMultiplier = .one, shortage: ShortagePolicy? = nil, rules: KeyRules = KeyRules(),
        drawsOnAccount: Bool = false, budget: NanoUSD = .zero
    ) {
        self.publicID = publicID
        self.kind = kind
        self.secret = secret
        self.label = label
        self.limits = limits
        self.multiplier = multiplier
        self.shortage = shortage
        self.rules = rules
        self.drawsOnAccount = drawsOnAccount || kind != .client
        self.budget = budget
    }
}

/// The stored forms of a key's secret.
public struct KeySecret: Hashable, Sendable {
    /// Digest of the secret.
    public var digest: KeyDigest
    /// The secret, sealed.
    public var sealed: [UInt8]
    /// The beginning of the secret, for display.
    public var displayID: String

    /// Creates the stored forms of a secret.
    public init(digest: KeyDigest, sealed: [UInt8], displayID: String) {
        self.digest = digest
        self.sealed = sealed
        self.displayID = displayID
    }
}

/// Changes to a key; nil leaves a field as it is.
public struct KeyChange: Hashable, Sendable {
    /// A new label.
    public var label: String?
    /// A new limit of requests per minute.
    public var requestsPerMinute: Int?
    /// A new limit of requests in flight.
    public var concurrentRequests: Int?
    /// A new multiplier; the rounding remainder starts at zero, rows already written keep theirs.
    public var multiplier: DisplayMultiplier?
    /// A new policy for requests whose bound does not fit the money that is left.
    public var shortage: ShortagePolicy?
    /// New rules.
    public var rules: KeyRulesChange
    /// Whether it draws on the account from now on; the rest of its budget then returns to the account.
    public var drawsOnAccount: Bool?
    /// Money to move from the account to the key (positive) or back (negative).
    public var budgetChange: NanoUSD

    /// Creates a change.
    public init(
        label: String? = nil, requestsPerMinute: Int? = nil, concurrentRequests: Int? = nil,
        multiplier: DisplayMultiplier? = nil, shortage: ShortagePolicy? = nil, rules: KeyRulesChange = KeyRulesChange(),
        drawsOnAccount: Bool? = nil, budgetChange: NanoUSD = .zero
    ) {
        self.label = label
        self.requestsPerMinute = requestsPerMinute
        self.concurrentRequests = concurrentRequests
        self.multiplier = multiplier
        self.shortage = shortage
        self.rules = rules
        self.drawsOnAccount = drawsOnAccount
        self.budgetChange = budgetChange
    }
}
