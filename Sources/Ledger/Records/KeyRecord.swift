import Accounts
import Money
import Timekeeping

/// The record of a key that spends.
public struct KeyRecord: Hashable, Sendable {
    /// Identifier of the row.
    public var id: KeyID
    /// Public identifier of the key.
    public var publicID: UUIDv7
    /// The account that it belongs to.
    public var accountID: AccountID
    /// Its kind.
    public var kind: KeyKind
    /// Digest of the secret.
    public var digest: KeyDigest
    /// The secret, sealed, so that the reseller can be shown it again.
    public var sealedSecret: [UInt8]
    /// The beginning of the secret, for display: `sk-tg-Ab3d...`.
    public var displayID: String
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
    /// Whether it has no budget: its requests are paid from the account's available money. Always true of account keys and web
    /// tokens.
    public var drawsOnAccount: Bool
    /// Its budget: allocations less refunds.
    public var budget: NanoUSD
    /// Spent of its budget.
    public var spent: NanoUSD
    /// Held of its budget for requests in flight.
    public var held: NanoUSD
    /// Spent of the account's money.
    public var drawn: NanoUSD
    /// Held of the account's money for its requests in flight.
    public var drawnHeld: NanoUSD
    /// Spending that its client is shown: the sum of the shown costs of its rows.
    public var shownSpent: NanoUSD
    /// Rounding remainder of ``shownSpent``; see `DisplayMultiplier.shown(_:carry:)`.
    public var shownCarry: Int64
    /// Number of its ledger rows, and sequence number of the newest.
    public var rows: Int64
    /// When it was created.
    public var createdAt: Timestamp
    /// When it was deleted; nil if it is not.
    public var deletedAt: Timestamp?

    /// Creates a record from all of its parts.
    public init(
        id: KeyID, publicID: UUIDv7, accountID: AccountID, kind: KeyKind, digest: KeyDigest, sealedSecret: [UInt8],
        displayID: String, label: String, limits: KeyLimits, multiplier: DisplayMultiplier,
        shortage: ShortagePolicy? = nil, rules: KeyRules = KeyRules(), drawsOnAccount: Bool = false, budget: NanoUSD,
        spent: NanoUSD = .zero, held: NanoUSD = .zero, drawn: NanoUSD = .zero, drawnHeld: NanoUSD = .zero,
        shownSpent: NanoUSD = .zero, shownCarry: Int64 = 0,
        rows: Int64 = 0, createdAt: Timestamp, deletedAt: Timestamp? = nil
    ) {
        self.id = id
        self.publicID = publicID
        self.accountID = accountID
        self.kind = kind
        self.digest = digest
        self.sealedSecret = sealedSecret
        self.displayID = displayID
        self.label = label
        self.limits = limits
        self.multiplier = multiplier
        self.shortage = shortage
        self.rules = rules
        self.drawsOnAccount = drawsOnAccount
        self.budget = budget
        self.spent = spent
        self.held = held
        self.drawn = drawn
        self.drawnHeld = drawnHeld
        self.shownSpent = shownSpent
        self.shownCarry = shownCarry
        self.rows = rows
        self.createdAt = createdAt
        self.deletedAt = deletedAt
    }

    /// All that it has spent, of its budget and of the account's money.
    public var allSpent: NanoUSD { spent + drawn }
    /// Whether freed parts of its budget return to the account at once.
    public var keepsNoBudget: Bool { deletedAt != nil || drawsOnAccount }
    /// Unspent part of its budget, held or not.
    public var remaining: NanoUSD { budget - spent }
    /// Most that its rules let it ever spend; nil is no limit.
    public var lifetimeLimit: NanoUSD? {
        let limit = rules.spendLimit.flatMap { $0.period == nil ? $0.amount : nil }
        guard let limit, let credit = rules.creditLimit else { return limit ?? rules.creditLimit }
        return min(limit, credit)
    }
    /// Its whole money, spent or not: its budget and what it drew on the account; of a key without a budget its spend limit, or
    /// nil.
    public var allBudget: NanoUSD? { drawsOnAccount ? lifetimeLimit : budget + drawn }
    /// Unspent part of ``allBudget``.
    public var allRemaining: NanoUSD? {
        drawsOnAccount ? lifetimeLimit.map { max(.zero, $0 - allSpent) } : remaining
    }
    /// Remaining money that its client is shown: the rest of its budget, or less if its rules do not let it spend that; nil for a
    /// key that only its account's balance bounds, which is hidden from clients.
    public var shownRemaining: NanoUSD? {
        let left = [drawsOnAccount ? nil : remaining, lifetimeLimit.map { max(.zero, $0 - allSpent) }].compactMap(
            \.self)
        return left.min().map { multiplier.shown($0, carry: shownCarry) }
    }
    /// Whether the budget that its client is shown fits an amount (up to 9.2 billion USD).
    public var isShowable: Bool {
        let exact = Int128(remaining.nanos) * Int128(multiplier.numerator) + Int128(shownCarry)
        return exact / Int128(multiplier.denominator) + Int128(shownSpent.nanos) <= Int128(Int64.max)
    }
    /// The budget that its client is shown.
    public var shownBudget: NanoUSD? { shownRemaining.map { shownSpent + $0 } }
}
