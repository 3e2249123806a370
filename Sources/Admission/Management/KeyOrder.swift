import Accounts
import Ledger
import Money
import Vault

/// The properties of a client key to be created.
public struct KeyOrder: Sendable {
    /// The reseller's name for it.
    public var label = ""
    /// The budget to allocate from the account; nil creates a key that draws on the account.
    public var budget: NanoUSD?
    /// Its limits of requests per minute and in flight.
    public var limits: KeyLimits
    /// The factor by which amounts are multiplied before its client sees them.
    public var multiplier = DisplayMultiplier.one
    /// What happens when its money is short; nil applies the account's policy.
    public var shortage: ShortagePolicy?
    /// Its further rules.
    public var rules = KeyRules()

    /// Creates an order of a key with a budget, or of one that draws on its account.
    public init(budget: NanoUSD?, limits: KeyLimits) {
        self.budget = budget
        self.limits = limits
    }
}

/// A key with a new secret.
public struct IssuedKey: Sendable {
    /// The key's record in the ledger.
    public let record: KeyRecord
    /// Its secret.
    public let secret: Secret
}
