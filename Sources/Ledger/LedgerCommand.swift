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
    /// Completes a pending deposit; on a completed one nothing changes. Receipt: `deposit`.
    case completeDeposit(DepositID, at: Timestamp)
    /// Changes what an account is charged and decides. Receipt: `changedAccount`.
    case changeAccount(AccountID, AccountChange, at: Timestamp)
    /// Makes a client key and moves its budget from the account. Receipt: `key`.
    case createKey(accountID: AccountID, key: NewKey, at: Timestamp)
    /// Changes a client key and moves money between it and its account. Receipt: `key`.
    case changeKey(KeyID, KeyChange, at: Timestamp)
    /// Deletes a client key; what is neither spent nor held goes back to the account at once, and what is
    /// held follows as its requests end. Receipt: `key`, and `refunded`.
    case deleteKey(KeyID, at: Timestamp)
    /// Gives a key a new secret. Receipt: `key`.
    case replaceSecret(KeyID, KeySecret, at: Timestamp)
    /// Keeps prices that are in force from a moment on. Receipt: `prices`.
    case adoptPrices(RateCardRecord)
    /// Applies a command and keeps what its caller is answered, both or neither. Receipt: the command's.
    indirect case once(OneTimeCall, LedgerCommand)
    /// Removes the oldest rows, no more than so many, of requests that began before a moment, and the answers of calls
    /// that were made before another. Sums and counts stay. Receipt: `dropped`.
    case drop(rowsBefore: Timestamp, callsBefore: Timestamp, atMost: Int)
    /// Sets money aside for a request. Receipt: `held`.
    case hold(Hold)
    /// Adds to a hold that is there. Receipt: `held`.
    case extend(Hold, by: NanoUSD)
    /// Ends a hold: charges the cost, frees the rest and writes the row. Receipt: `settled`.
    case settle(Settlement)
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
    /// What is moved from the account to it; zero for an account key.
    public var budget: NanoUSD

    /// Creates a key to be made.
    public init(
        publicID: UUIDv7, secret: KeySecret, label: String, limits: KeyLimits,
        multiplier: DisplayMultiplier = .one, shortage: ShortagePolicy? = nil, budget: NanoUSD = .zero
    ) {
        self.publicID = publicID
        self.secret = secret
        self.label = label
        self.limits = limits
        self.multiplier = multiplier
        self.shortage = shortage
        self.budget = budget
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
    /// Money to move from the account to the key (positive) or back (negative).
    public var budgetChange: NanoUSD

    /// Creates a change.
    public init(
        label: String? = nil, requestsPerMinute: Int? = nil, concurrentRequests: Int? = nil,
        multiplier: DisplayMultiplier? = nil, shortage: ShortagePolicy? = nil, budgetChange: NanoUSD = .zero
    ) {
        self.label = label
        self.requestsPerMinute = requestsPerMinute
        self.concurrentRequests = concurrentRequests
        self.multiplier = multiplier
        self.shortage = shortage
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
