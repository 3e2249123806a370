import Accounts
import Metering
import Money
import Timekeeping

/// Reads of what is durable, each from one consistent state.
public protocol LedgerReader: Sendable {
    /// Returns all accounts, oldest first.
    func accounts() async throws -> [AccountRecord]
    /// Returns one account, or nil.
    func account(_ id: AccountID) async throws -> AccountRecord?
    /// Returns the client keys of an account that are not deleted, oldest first.
    func clientKeys(of account: AccountID) async throws -> [KeyRecord]
    /// Returns the account's own key: it has exactly one.
    func ownKey(of account: AccountID) async throws -> KeyRecord?
    /// Returns one key, deleted or not, or nil.
    func key(_ id: KeyID) async throws -> KeyRecord?
    /// Returns one key by its public identifier, deleted or not, or nil.
    func key(publicID: UUIDv7) async throws -> KeyRecord?
    /// Returns one account by its public identifier, or nil.
    func account(publicID: UUIDv7) async throws -> AccountRecord?
    /// Returns one deposit by its public identifier, or nil.
    func deposit(publicID: UUIDv7) async throws -> DepositRecord?
    /// Returns deposits, newest first: of one account, or of all.
    func deposits(of account: AccountID?) async throws -> [DepositRecord]
    /// Returns a page of an account's rows (all of its keys), newest first.
    func rows(ofAccount account: AccountID, page: Page) async throws -> LedgerPage
    /// Returns what a key has used on the days from one until before another; nil leaves an end open.
    func usage(ofKey key: KeyID, from start: Day?, before end: Day?) async throws -> UsageSum
    /// Returns rows of requests that the gateway did not live to see the end of, newest first.
    func interruptedRows(atMost count: Int) async throws -> [LedgerRow]
    /// Returns the holds of requests that began before a moment, oldest first.
    func holds(before moment: Timestamp) async throws -> [Hold]
    /// Returns what an earlier call was answered, or nil.
    func answer(caller: AccountID?, name: String) async throws -> KeptAnswer?
    /// Returns a page of one key's rows, newest first.
    func rows(ofKey key: KeyID, page: Page) async throws -> LedgerPage
    /// Returns a key together with its usage today, this week, this month and in total, from one state.
    func keyUsage(_ key: KeyID, today: Day) async throws -> KeyUsage?
}

/// Which part of a list is wanted.
public struct Page: Hashable, Sendable {
    /// Counted from 1.
    public var number: Int
    /// Rows on a page.
    public var size: Int

    /// Creates a page request.
    public init(number: Int, size: Int) {
        self.number = number
        self.size = size
    }
}

/// A page of rows and the count of all of them.
public struct LedgerPage: Hashable, Sendable {
    /// The rows, newest first.
    public var rows: [LedgerRow]
    /// How many rows there are on all pages.
    public var total: Int64

    /// Creates a page.
    public init(rows: [LedgerRow], total: Int64) {
        self.rows = rows
        self.total = total
    }
}

/// One settled request.
public struct LedgerRow: Hashable, Sendable {
    /// The request.
    public var requestID: UUIDv7
    /// The account that paid.
    public var accountID: AccountID
    /// The key that spent.
    public var keyID: KeyID
    /// The beginning of that key's secret, for display.
    public var keyDisplayID: String
    /// The model that was asked for.
    public var model: String
    /// The operation that was asked for.
    public var endpoint: Endpoint
    /// What was used.
    public var usage: TokenUsage
    /// How the usage was obtained.
    public var usageSource: UsageSource
    /// What it really cost.
    public var cost: NanoUSD
    /// What the client sees that it cost.
    public var shownCost: NanoUSD
    /// The part of the cost that was booked as an overrun on the account.
    public var overrun: NanoUSD
    /// What the upstream itself said that it cost, if it did.
    public var upstreamCost: NanoUSD?
    /// From the request's first byte to the answer's last, in milliseconds.
    public var durationMilliseconds: Int64
    /// From the request's first byte to the answer's first, in milliseconds.
    public var firstByteMilliseconds: Int64?
    /// The HTTP status that the client got.
    public var status: Int
    /// How the request ended.
    public var ending: RequestEnding
    /// How often it was sent to an upstream.
    public var attempts: Int
    /// The account's markup in force.
    public var markup: Markup
    /// The version of the price in force.
    public var priceVersion: Int64
    /// The multiplier in force.
    public var multiplier: DisplayMultiplier
    /// When the request began.
    public var startedAt: Timestamp

    /// Creates a row from a settlement and what the ledger adds to it.
    public init(_ settlement: Settlement, shownCost: NanoUSD, keyDisplayID: String) {
        requestID = settlement.hold.requestID
        accountID = settlement.hold.accountID
        keyID = settlement.hold.keyID
        self.keyDisplayID = keyDisplayID
        model = settlement.hold.model
        endpoint = settlement.hold.endpoint
        usage = settlement.usage
        usageSource = settlement.usageSource
        cost = settlement.cost
        self.shownCost = shownCost
        overrun = settlement.overrun
        upstreamCost = settlement.upstreamCost
        durationMilliseconds = settlement.durationMilliseconds
        firstByteMilliseconds = settlement.firstByteMilliseconds
        status = settlement.status
        ending = settlement.ending
        attempts = settlement.attempts
        markup = settlement.hold.markup
        priceVersion = settlement.hold.priceVersion
        multiplier = settlement.hold.multiplier
        startedAt = settlement.hold.startedAt
    }
}

/// A key and what it has used, from one state of the ledger.
public struct KeyUsage: Hashable, Sendable {
    /// The key.
    public var key: KeyRecord
    /// Since 00:00 UTC today.
    public var today: UsageSum
    /// Since Monday 00:00 UTC.
    public var week: UsageSum
    /// Since the first of the month, 00:00 UTC.
    public var month: UsageSum
    /// Since the key was made.
    public var total: UsageSum

    /// Creates a usage report.
    public init(key: KeyRecord, today: UsageSum, week: UsageSum, month: UsageSum, total: UsageSum) {
        self.key = key
        self.today = today
        self.week = week
        self.month = month
        self.total = total
    }
}

/// The sum of many rows. A row belongs to the day on which its request began.
public struct UsageSum: Hashable, Sendable {
    /// Number of rows.
    public var requests: Int64
    /// All tokens read: fresh, cached and written into a cache.
    public var inputTokens: Int64
    /// All tokens written.
    public var outputTokens: Int64
    /// What was charged, for real (overruns not included).
    public var cost: NanoUSD
    /// What the client sees that was charged.
    public var shownCost: NanoUSD

    /// Creates a sum.
    public init(
        requests: Int64 = 0, inputTokens: Int64 = 0, outputTokens: Int64 = 0, cost: NanoUSD = .zero,
        shownCost: NanoUSD = .zero
    ) {
        self.requests = requests
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        self.cost = cost
        self.shownCost = shownCost
    }
}
