import Accounts
import Ledger
import Money

/// The money and the limits of every account and key, in memory: what admission decides on.
///
/// Two rules keep it at or below what the ledger says at every moment: what a command will take is taken here
/// before the command is enqueued; what it will give is given here after it is durable.
///
/// Accounts and keys are classes that live behind the lock of the books and never leave it.
struct Books {
    private(set) var accounts: [AccountID: AccountBook] = [:]
    private(set) var keys: [KeyID: KeyBook] = [:]
    private var keysByDigest: [KeyDigest: KeyBook] = [:]

    /// Opens the books with what the ledger holds. Open holds must have been resolved.
    init(_ contents: LedgerContents) {
        for account in contents.accounts { open(account) }
        for key in contents.keys { open(key) }
    }

    mutating func open(_ record: AccountRecord) {
        accounts[record.id] = AccountBook(record)
    }

    mutating func open(_ record: KeyRecord) {
        guard let account = accounts[record.accountID] else { return }
        let key = KeyBook(record, account: account)
        keys[record.id] = key
        keysByDigest[record.digest] = key
    }

    func key(_ digest: KeyDigest) -> KeyBook? { keysByDigest[digest] }

    mutating func replaceDigest(of key: KeyBook, with digest: KeyDigest) {
        keysByDigest[key.digest] = nil
        keysByDigest[digest] = key
        key.digest = digest
    }

    /// Closes a key to new requests.
    mutating func close(_ key: KeyBook) {
        keysByDigest[key.digest] = nil
        key.isClosed = true
    }

    /// Opens a key again whose deletion could not be written.
    mutating func reopen(_ key: KeyBook) {
        keysByDigest[key.digest] = key
        key.isClosed = false
    }

    /// Forgets a key that was deleted, once its last request has ended.
    mutating func forgetIfDone(_ key: KeyBook) {
        if key.isClosed, key.inFlight == 0, key.held == .zero { keys[key.principal.keyID] = nil }
    }
}

/// What an account's own keys and new client keys may still take.
final class AccountBook {
    /// Neither allocated, spent nor held.
    var available: NanoUSD
    /// Held by requests in flight on the account's own keys.
    var held: NanoUSD
    /// What it is charged for each dollar of the rate card.
    var markup: Markup
    /// What it decides for the requests of its keys.
    var rules: RequestRules

    init(_ record: AccountRecord) {
        available = record.available
        held = record.held
        markup = record.markup
        rules = record.rules
    }
}

/// A key: its money, its limits and what counts against them.
final class KeyBook {
    let principal: Principal
    let account: AccountBook
    var digest: KeyDigest
    var limits: KeyLimits
    var multiplier: DisplayMultiplier
    private var ownShortage: ShortagePolicy?
    /// A client key's own rest, neither spent nor held. An account key has none: its money is its account's.
    private var rest: NanoUSD
    /// Held by requests in flight on this key.
    private(set) var held: NanoUSD
    var window = AdmissionWindow()
    var inFlight = 0
    var isClosed = false

    init(_ record: KeyRecord, account: AccountBook) {
        principal = Principal(
            keyID: record.id, publicID: record.publicID, accountID: record.accountID, kind: record.kind)
        self.account = account
        digest = record.digest
        limits = record.limits
        multiplier = record.multiplier
        ownShortage = record.shortage
        rest = record.remaining - record.held
        held = record.held
    }

    /// What happens when a request's bound does not fit what is left.
    var shortage: ShortagePolicy { ownShortage ?? account.rules.shortage }

    /// Takes over what a change has made of the key, its money aside.
    func follow(_ record: KeyRecord) {
        limits = record.limits
        multiplier = record.multiplier
        ownShortage = record.shortage
    }

    /// What a request may still take.
    var available: NanoUSD {
        get {
            switch principal.kind {
            case .client: rest
            case .account: account.available
            }
        }
        set {
            switch principal.kind {
            case .client: rest = newValue
            case .account: account.available = newValue
            }
        }
    }

    /// What requests in flight hold of the same money.
    var heldBeside: NanoUSD {
        switch principal.kind {
        case .client: held
        case .account: account.held
        }
    }

    /// Sets money aside.
    func hold(_ amount: NanoUSD) {
        available -= amount
        held += amount
        if principal.kind == .account { account.held += amount }
    }

    /// Ends a hold of which `charged` is gone for good; what a charge takes beyond its hold was taken before.
    func endHold(_ amount: NanoUSD, charged: NanoUSD) {
        held -= amount
        if principal.kind == .account { account.held -= amount }
        available += amount - min(amount, charged)
    }
}
