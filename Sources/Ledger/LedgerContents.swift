import Accounts
import Money
import Timekeeping

/// Everything that is in force: the books in memory are opened with it.
public struct LedgerContents: Sendable {
    /// Every account.
    public var accounts: [AccountRecord]
    /// Every key that is not deleted.
    public var keys: [KeyRecord]
    /// Temporary secrets of keys, expired ones included.
    public var temporarySecrets: [TemporarySecret]
    /// Every management key that is not deleted.
    public var managementKeys: [ManagementKeyRecord]
    /// Usage of keys by day.
    public var usage: [KeyDay]
    /// Every hold whose request has not been settled.
    public var holds: [Hold]
    /// Every rate card, in the order in which they were recorded.
    public var rateCards: [RateCardRecord]

    /// Creates contents from all of their parts.
    public init(
        accounts: [AccountRecord] = [], keys: [KeyRecord] = [], temporarySecrets: [TemporarySecret] = [],
        managementKeys: [ManagementKeyRecord] = [], usage: [KeyDay] = [], holds: [Hold] = [],
        rateCards: [RateCardRecord] = []
    ) {
        self.accounts = accounts
        self.keys = keys
        self.temporarySecrets = temporarySecrets
        self.managementKeys = managementKeys
        self.usage = usage
        self.holds = holds
        self.rateCards = rateCards
    }
}

/// Usage of a key on one day.
public struct KeyDay: Hashable, Sendable {
    /// The key.
    public var keyID: KeyID
    /// The day (UTC) on which the requests began.
    public var day: Day
    /// Number of requests.
    public var requests: Int64
    /// Amount charged.
    public var cost: NanoUSD
    /// The part of the cost that the key's allowance paid.
    public var allowanceCost: NanoUSD

    /// Creates a sum.
    public init(
        keyID: KeyID, day: Day, requests: Int64 = 0, cost: NanoUSD = .zero, allowanceCost: NanoUSD = .zero
    ) {
        self.keyID = keyID
        self.day = day
        self.requests = requests
        self.cost = cost
        self.allowanceCost = allowanceCost
    }
}
