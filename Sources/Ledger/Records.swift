import Accounts
import Money
import Timekeeping

/// An account as the ledger keeps it.
public struct AccountRecord: Hashable, Sendable {
    /// The row's number.
    public var id: AccountID
    /// What the account is called outside.
    public var publicID: UUIDv7
    /// The operator's name for it.
    public var name: String
    /// All completed deposits.
    public var deposited: NanoUSD
    /// What now belongs to its client keys: allocations less refunds. Spent money stays in it.
    public var allocated: NanoUSD
    /// What was drawn on the account itself: with its own key, by web tokens, by keys without a budget, as allowances.
    public var spent: NanoUSD
    /// What is held in the same way for requests in flight.
    public var held: NanoUSD
    /// All that its client keys have spent of their budgets, deleted ones included.
    public var spentByClients: NanoUSD
    /// Costs that no hold and no budget covered; not part of any other sum.
    public var overrun: NanoUSD
    /// What it is charged for each dollar of the rate card.
    public var markup: Markup
    /// What it decides for the requests of its keys.
    public var rules: RequestRules
    /// When it was opened.
    public var createdAt: Timestamp

    /// Creates a record from all of its parts.
    public init(
        id: AccountID, publicID: UUIDv7, name: String, deposited: NanoUSD = .zero, allocated: NanoUSD = .zero,
        spent: NanoUSD = .zero, held: NanoUSD = .zero, spentByClients: NanoUSD = .zero, overrun: NanoUSD = .zero,
        markup: Markup = .none, rules: RequestRules = RequestRules(), createdAt: Timestamp
    ) {
        self.id = id
        self.publicID = publicID
        self.name = name
        self.deposited = deposited
        self.allocated = allocated
        self.spent = spent
        self.held = held
        self.spentByClients = spentByClients
        self.overrun = overrun
        self.markup = markup
        self.rules = rules
        self.createdAt = createdAt
    }

    /// All money that is left, wherever it lies.
    public var balance: NanoUSD { deposited - spent - spentByClients }
    /// What a new key, or the account key itself, can take.
    public var available: NanoUSD { deposited - allocated - spent - held }
    /// What client keys still hold unspent, plus what is held for requests that draw on the account itself.
    public var locked: NanoUSD { balance - available }
}

/// A key as the ledger keeps it.
public struct KeyRecord: Hashable, Sendable {
    /// The row's number.
    public var id: KeyID
    /// What the key is called outside.
    public var publicID: UUIDv7
    /// The account that it belongs to.
    public var accountID: AccountID
    /// What it may do.
    public var kind: KeyKind
    /// What recognises its secret.
    public var digest: KeyDigest
    /// The secret, sealed, so that the reseller can be shown it again.
    public var sealedSecret: [UInt8]
    /// The beginning of the secret, for display: `sk-tg-Ab3d...`.
    public var displayID: String
    /// The reseller's name for it.
    public var label: String
    /// How fast and broadly it may be used.
    public var limits: KeyLimits
    /// What its client sees for each real dollar.
    public var multiplier: DisplayMultiplier
    /// What happens when its money is short; nil is as its account decides.
    public var shortage: ShortagePolicy?
    /// What else it may do.
    public var rules: KeyRules
    /// Whether it has no budget: its requests are paid from what is available on the account. Account keys and web tokens
    /// always do that.
    public var drawsOnAccount: Bool
    /// What was carved from the account for it, less what went back.
    public var budget: NanoUSD
    /// What it has spent of its budget.
    public var spent: NanoUSD
    /// What is held of its budget for requests in flight.
    public var held: NanoUSD
    /// What it has spent of the account's money.
    public var drawn: NanoUSD
    /// What is held of the account's money for its requests in flight.
    public var drawnHeld: NanoUSD
    /// What its client sees as spent: the sum of the shown costs of its rows.
    public var shownSpent: NanoUSD
    /// The rest of the conversions into ``shownSpent``; see `DisplayMultiplier.shown(_:carry:)`.
    public var shownCarry: Int64
    /// How many ledger rows it has; also the sequence number of its newest row.
    public var rows: Int64
    /// When it was made.
    public var createdAt: Timestamp
    /// When it was deleted, if it was.
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

    /// All that it has spent, of whose money ever.
    public var allSpent: NanoUSD { spent + drawn }
    /// Whether what is freed of its budget goes back to the account at once.
    public var keepsNoBudget: Bool { deletedAt != nil || drawsOnAccount }
    /// What is not yet spent of its budget, held or not.
    public var remaining: NanoUSD { budget - spent }
    /// The most that its rules let it ever spend, if they say so.
    public var lifetimeLimit: NanoUSD? {
        let limit = rules.spendLimit.flatMap { $0.period == nil ? $0.amount : nil }
        guard let limit, let credit = rules.creditLimit else { return limit ?? rules.creditLimit }
        return min(limit, credit)
    }
    /// What there is, or was, for it to spend: its budget and what was drawn beside it; for a key without a budget its limit,
    /// if it has one.
    public var allBudget: NanoUSD? { drawsOnAccount ? lifetimeLimit : budget + drawn }
    /// What of ``allBudget`` is left.
    public var allRemaining: NanoUSD? {
        drawsOnAccount ? lifetimeLimit.map { max(.zero, $0 - allSpent) } : remaining
    }
    /// What its client sees as left: its budget's rest, or less if its rules do not let it spend that; nil for a key that
    /// only its account's balance bounds, which is not the client's to know.
    public var shownRemaining: NanoUSD? {
        let left = [drawsOnAccount ? nil : remaining, lifetimeLimit.map { max(.zero, $0 - allSpent) }].compactMap(
            \.self)
        return left.min().map { multiplier.shown($0, carry: shownCarry) }
    }
    /// Whether what its client sees as its budget is an amount at all (up to 9.2 billion USD).
    public var isShowable: Bool {
        let exact = Int128(remaining.nanos) * Int128(multiplier.numerator) + Int128(shownCarry)
        return exact / Int128(multiplier.denominator) + Int128(shownSpent.nanos) <= Int128(Int64.max)
    }
    /// What its client sees as its budget.
    public var shownBudget: NanoUSD? { shownRemaining.map { shownSpent + $0 } }
}

/// Whether a deposit counts.
public enum DepositStatus: Int, Hashable, Sendable, CaseIterable {
    /// Announced; does not count yet.
    case pending = 0
    /// Arrived; counts.
    case completed = 1
    /// Will not arrive.
    case refused = 2
}

/// A deposit as the ledger keeps it.
public struct DepositRecord: Hashable, Sendable {
    /// The row's number.
    public var id: DepositID
    /// What the deposit is called outside.
    public var publicID: UUIDv7
    /// The account that it is for.
    public var accountID: AccountID
    /// Its amount, greater than zero.
    public var amount: NanoUSD
    /// Whether it counts.
    public var status: DepositStatus
    /// The operator's own reference; the same reference on the same account twice is one deposit.
    public var reference: String?
    /// When it was entered.
    public var createdAt: Timestamp
    /// When it was completed, if it was.
    public var completedAt: Timestamp?

    /// Creates a record from all of its parts.
    public init(
        id: DepositID, publicID: UUIDv7, accountID: AccountID, amount: NanoUSD, status: DepositStatus,
        reference: String?, createdAt: Timestamp, completedAt: Timestamp?
    ) {
        self.id = id
        self.publicID = publicID
        self.accountID = accountID
        self.amount = amount
        self.status = status
        self.reference = reference
        self.createdAt = createdAt
        self.completedAt = completedAt
    }
}
