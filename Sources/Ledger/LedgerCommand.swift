import Accounts
import Money
import Timekeeping

/// One change to the ledger. A command is applied whole or not at all.
///
/// Amounts have been checked against the books in memory before a command is made; the ledger checks them
/// again with its own constraints, and answers ``LedgerFailure`` if they do not hold.
public enum LedgerCommand: Sendable {
    /// Opens an account with its first account key. Receipt: `account`.
    case openAccount(publicID: UUIDv7, name: String, key: NewKey, at: Timestamp)
    /// Enters a deposit. The same reference on the same account again answers the deposit that is there,
    /// changing nothing. Receipt: `deposit`.
    case enterDeposit(
        publicID: UUIDv7, accountID: AccountID, amount: NanoUSD, status: DepositStatus, reference: String?,
        at: Timestamp)
    /// Completes or refuses a pending deposit; on one that is so already nothing changes. Receipt: `deposit`.
    case closeDeposit(DepositID, as: DepositStatus, at: Timestamp)
    /// Changes what an account is charged and decides. Receipt: `changedAccount`.
    case changeAccount(AccountID, AccountChange, at: Timestamp)
    /// Gives an account's pages another look. Receipt: `changedAccount`.
    case setBrand(AccountID, Brand)
    /// Says when an account is to be warned. Receipt: `changedAccount`.
    case setAlerts(AccountID, Alerts)
    /// Makes vouchers. Receipt: `vouchers`.
    case createVouchers(accountID: AccountID, [NewVoucher], at: Timestamp)
    /// Takes a voucher back: nobody can redeem it any more. Receipt: `vouchers`.
    case revokeVoucher(VoucherID, at: Timestamp)
    /// Moves what a voucher is worth from its account to a client key of the same account that has not redeemed it. Its
    /// multiplier becomes what shows the client as much more as the voucher says. Receipt: `redeemed`.
    case redeemVoucher(VoucherID, by: KeyID, at: Timestamp)
    /// Makes a key and moves its budget from the account. An account has one key for all of its web tokens: where it is there
    /// already, nothing is made and it is the receipt. Receipt: `key`.
    case createKey(accountID: AccountID, key: NewKey, at: Timestamp)
    /// Changes a client key and moves money between it and its account. Receipt: `key`.
    case changeKey(KeyID, KeyChange, at: Timestamp)
    /// Deletes a client key; what is neither spent nor held goes back to the account at once, and what is
    /// held follows as its requests end. Receipt: `key`, and `refunded`.
    case deleteKey(KeyID, at: Timestamp)
    /// Gives a key a new secret; the old one goes on until a moment, if one is given. Receipt: `key`.
    case replaceSecret(KeyID, KeySecret, oldValidUntil: Timestamp?, at: Timestamp)
    /// Keeps a secret that recognises a key until a moment, and forgets those whose time is over. Receipt: `key`.
    case addSecret(TemporarySecret, at: Timestamp)
    /// Makes a management key. Receipt: `managementKey`.
    case createManagementKey(accountID: AccountID, key: NewManagementKey, at: Timestamp)
    /// Deletes a management key. Receipt: `managementKey`.
    case deleteManagementKey(ManagementKeyID, at: Timestamp)
    /// Keeps prices that are in force from a moment on. Receipt: `prices`.
    case adoptPrices(RateCardRecord)
    /// Applies a command and keeps what its caller is answered, both or neither. Receipt: the command's.
    indirect case idempotent(IdempotentCommand, LedgerCommand)
    /// Applies a command and writes down who asked for it, both or neither. Receipt: the command's.
    indirect case audited(AuditActor, LedgerCommand, at: Timestamp)
    /// Removes the oldest rows, no more than so many, of requests that began before a moment, and the answers of calls
    /// that were made before another. Sums and counts stay. Receipt: `purged`.
    case purge(rowsBefore: Timestamp, callsBefore: Timestamp, atMost: Int)
    /// Makes sums of keys by week from those by day, for all days before a Monday. Nothing that can be read changes: it is
    /// read faster. Receipt: `rolledUp`.
    case rollUpWeeks(of: [KeyID], before: Day)
    /// Sets money aside for a request. Receipt: `held`.
    case hold(Hold)
    /// Adds to a hold that is there. Receipt: `held`.
    case extend(Hold, by: NanoUSD)
    /// Ends a hold: charges the cost, frees the rest and writes the row. Receipt: `settled`.
    case settle(Settlement)
}

extension LedgerCommand {
    /// Whether it belongs to a request (hold, extend, settle); all others are management commands.
    public var isOfRequest: Bool {
        switch self {
        case .hold, .extend, .settle: true
        default: false
        }
    }
}

/// The forms of a key's secret that are kept.
public struct KeySecret: Hashable, Sendable {
    /// What recognises it.
    public var digest: KeyDigest
    /// The secret, sealed.
    public var sealed: [UInt8]
    /// Its beginning, for display.
    public var displayID: String

    /// Creates the kept forms of a secret.
    public init(digest: KeyDigest, sealed: [UInt8], displayID: String) {
        self.digest = digest
        self.sealed = sealed
        self.displayID = displayID
    }
}

/// A key to be made.
public struct NewKey: Hashable, Sendable {
    /// What the key is to be called outside.
    public var publicID: UUIDv7
    /// What it may do.
    public var kind: KeyKind
    /// Its secret.
    public var secret: KeySecret
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
    /// Whether it has no budget and draws on the account; account keys and web tokens always do.
    public var drawsOnAccount: Bool
    /// What is moved from the account to it.
    public var budget: NanoUSD

    /// Creates a key to be made.
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

/// A management key to be made.
public struct NewManagementKey: Hashable, Sendable {
    /// What the key is to be called outside.
    public var publicID: UUIDv7
    /// What recognises its secret.
    public var digest: KeyDigest
    /// The beginning of the secret, for display.
    public var displayID: String
    /// The reseller's name for it.
    public var label: String
    /// What it may do.
    public var scope: ManagementScope
    /// From when on it is refused, if ever.
    public var expiresAt: Timestamp?

    /// Creates a management key to be made.
    public init(
        publicID: UUIDv7, digest: KeyDigest, displayID: String, label: String, scope: ManagementScope,
        expiresAt: Timestamp?
    ) {
        self.publicID = publicID
        self.digest = digest
        self.displayID = displayID
        self.label = label
        self.scope = scope
        self.expiresAt = expiresAt
    }
}

/// What is to change about a key; nil leaves a field as it is.
public struct KeyChange: Hashable, Sendable {
    /// A new label.
    public var label: String?
    /// A new limit of requests per minute.
    public var requestsPerMinute: Int?
    /// A new limit of requests in flight.
    public var concurrentRequests: Int?
    /// A new multiplier; the rounding carry starts afresh, rows already written keep theirs.
    public var multiplier: DisplayMultiplier?
    /// What is to happen when its money is short.
    public var shortage: ShortagePolicy?
    /// What else it may do.
    public var rules: KeyRulesChange
    /// Whether it is to draw on the account; what is left of its budget then goes back.
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

/// What is to change about an account; nil leaves a field as it is.
public struct AccountChange: Hashable, Sendable {
    /// What it is charged for each dollar of the rate card; rows already written keep theirs.
    public var markup: Markup?
    /// What is to happen when money is short.
    public var shortage: ShortagePolicy?
    /// What is to happen when a client goes away.
    public var disconnect: DisconnectPolicy?

    /// Creates a change.
    public init(markup: Markup? = nil, shortage: ShortagePolicy? = nil, disconnect: DisconnectPolicy? = nil) {
        self.markup = markup
        self.shortage = shortage
        self.disconnect = disconnect
    }
}
