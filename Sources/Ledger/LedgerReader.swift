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
    /// Returns an account with all of its keys and what they have used up to a day, from one state; nil if there is none.
    func overview(of account: AccountID, today: Day) async throws -> AccountOverview?
    /// Returns the same of one key, or nil.
    func overview(ofKey key: KeyID, today: Day) async throws -> AccountOverview.Key?
    /// Returns what the keys of an account are called, deleted ones included.
    func keyNames(of account: AccountID) async throws -> [KeyID: KeyName]
    /// Returns the key of an account's temporary web tokens, or nil if it never had any.
    func webKey(of account: AccountID) async throws -> KeyRecord?
    /// Returns the management keys of an account that are not deleted, oldest first.
    func managementKeys(of account: AccountID) async throws -> [ManagementKeyRecord]
    /// Returns lines of the audit log before a line, newest first: of one account, or of all.
    func audit(of account: AccountID?, before line: Int64?, atMost count: Int) async throws -> [AuditRecord]
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
    /// Returns a page of the rows of a key, or of all keys of an account, newest first.
    func rows(of owner: RowOwner, page: Page) async throws -> LedgerPage
    /// Returns an account's rows, or a key's, that match a filter, newest first, from the one before a cursor on.
    func rows(of owner: RowOwner, matching filter: RowFilter, before cursor: Int64?, atMost count: Int) async throws
        -> RowSlice
    /// Returns how an account's pages look to its clients.
    func brand(of account: AccountID) async throws -> Brand
    /// Returns the row of a request, if it is one of an account's, or a key's.
    func row(of request: UUIDv7, owner: RowOwner) async throws -> LedgerRow?
    /// Returns what an account has used in each hour or on each day from a moment on, model by model.
    func usageByModel(of account: AccountID, from start: Timestamp?, model: String?, in step: UsageStep) async throws
        -> [UsagePoint]
    /// Returns what a key has used on each day from one on, model by model, oldest first; its shown cost is known.
    func usageByModel(ofKey id: KeyID, from day: Day) async throws -> [UsagePoint]
    /// Returns what all client keys of an account have used on each day from one on.
    func clientUsageByDay(of account: AccountID, from day: Day) async throws -> [Day: UsageSum]
    /// Returns what the keys of an account have used from a day on, with one model or all of them.
    func usageByKey(of account: AccountID, from day: Day?, model: String?) async throws -> [KeyID: UsageSum]
    /// Returns the same, counted from rows of requests that began at a moment or later.
    func usageByKey(of account: AccountID, since moment: Timestamp, model: String?) async throws -> [KeyID: UsageSum]
    /// Returns keys whose weeks before a Monday are not all summed up yet; see `LedgerCommand.sumUpWeeks`.
    func keysToSumUp(before monday: Day, atMost count: Int) async throws -> [KeyID]
    /// Returns what a key has used on the days from one until before another; nil leaves an end open.
    func usage(ofKey key: KeyID, from start: Day?, before end: Day?) async throws -> UsageSum
    /// Returns rows of requests that the gateway did not live to see the end of, newest first.
    func interruptedRows(atMost count: Int) async throws -> [LedgerRow]
    /// Returns the holds of requests that began before a moment, oldest first.
    func holds(before moment: Timestamp) async throws -> [Hold]
    /// Returns what an earlier call was answered, or nil.
    func answer(caller: AccountID?, name: String) async throws -> KeptAnswer?
    /// Returns a key together with its usage today, this week, this month and in total, from one state.
    func keyUsage(_ key: KeyID, today: Day) async throws -> KeyUsage?
}

/// Which part of a list is wanted.
public struct Page: Hashable, Sendable {
    /// Rows before it.
    public var skipped: Int64
    /// Rows on a page.
    public var size: Int

    /// Creates a page request; pages are counted from 1, and any other has no rows.
    public init(number: Int, size: Int) {
        let (skipped, overflow) = Int64(number - 1).multipliedReportingOverflow(by: Int64(size))
        self.init(skipping: overflow || number < 1 ? .max : skipped, size: size)
    }

    /// Creates a request for what comes after so many rows.
    public init(skipping skipped: Int64, size: Int) {
        self.skipped = skipped
        self.size = size
    }
}

/// What a key is called, and where it belongs.
public struct KeyName: Hashable, Sendable {
    /// What it is called outside.
    public var publicID: UUIDv7
    /// The reseller's name for it.
    public var label: String
    /// See `KeyRules`.
    public var environment: String?
    /// See `KeyRules`.
    public var team: String?
    /// See `KeyRules`.
    public var project: String?

    /// Creates a name.
    public init(publicID: UUIDv7, label: String, environment: String?, team: String?, project: String?) {
        self.publicID = publicID
        self.label = label
        self.environment = environment
        self.team = team
        self.project = project
    }
}

/// Whose rows are wanted.
public enum RowOwner: Hashable, Sendable {
    /// Those of all keys of an account.
    case account(AccountID)
    /// Those of a key.
    case key(KeyID)
}

/// Which rows are wanted.
public struct RowFilter: Hashable, Sendable {
    /// Requests that began at this moment or later.
    public var from: Timestamp?
    /// Requests that began before this moment.
    public var until: Timestamp?
    /// Requests that named this model.
    public var model: String?

    /// Creates a filter.
    public init(from: Timestamp? = nil, until: Timestamp? = nil, model: String? = nil) {
        self.from = from
        self.until = until
        self.model = model
    }

    func matches(_ row: LedgerRow) -> Bool {
        from.map { row.startedAt >= $0 } ?? true && until.map { row.startedAt < $0 } ?? true
            && model.map { row.model == $0 } ?? true
    }
}

/// Some rows of a list, and where it goes on.
public struct RowSlice: Hashable, Sendable {
    /// The rows, newest first. There may be fewer than were asked for although the list goes on: only so many are looked
    /// at for one answer.
    public var rows: [LedgerRow]
    /// The cursor from which the list goes on; nil at its end.
    public var next: Int64?

    /// Creates a slice.
    public init(rows: [LedgerRow], next: Int64?) {
        self.rows = rows
        self.next = next
    }

    /// How many rows are looked at for one slice.
    public static let looksAt = 10_000
}

/// How finely usage is told apart in time.
public enum UsageStep: Int64, Hashable, Sendable {
    /// By the hour.
    case hour = 3_600_000
    /// By the day, in UTC.
    case day = 86_400_000
}

/// What was used with a model in an hour or on a day.
public struct UsagePoint: Hashable, Sendable {
    /// When the hour or day began.
    public var start: Timestamp
    /// The model.
    public var model: String
    /// What was used; its shown cost is known of a key's points alone.
    public var sum: UsageSum

    /// Creates a point.
    public init(start: Timestamp, model: String, sum: UsageSum) {
        self.start = start
        self.model = model
        self.sum = sum
    }
}

/// An account and all of its keys, from one state of the ledger.
public struct AccountOverview: Hashable, Sendable {
    /// A key, and what cannot be read from its counters.
    public struct Key: Hashable, Sendable {
        /// The key, be it deleted.
        public var record: KeyRecord
        /// What it has spent in the window of its spend limit; zero if that has none.
        public var spentInPeriod: NanoUSD
        /// When its newest row's request began, if that is kept.
        public var lastUsedAt: Timestamp?

        /// Creates a key of an overview.
        public init(record: KeyRecord, spentInPeriod: NanoUSD, lastUsedAt: Timestamp?) {
            self.record = record
            self.spentInPeriod = spentInPeriod
            self.lastUsedAt = lastUsedAt
        }
    }

    /// The account.
    public var account: AccountRecord
    /// Its keys, deleted ones and its own included, oldest first.
    public var keys: [Key]

    /// Creates an overview.
    public init(account: AccountRecord, keys: [Key]) {
        self.account = account
        self.keys = keys
    }
}

/// A page of rows and the count of all of them.
public struct LedgerPage: Hashable, Sendable {
    /// The rows, newest first.
    public var rows: [LedgerRow]
    /// How many rows there are on all pages.
    public var total: Int64
    /// The cursor from which the list goes on behind the page; nil at its end.
    public var next: Int64?

    /// Creates a page.
    public init(rows: [LedgerRow], total: Int64, next: Int64? = nil) {
        self.rows = rows
        self.total = total
        self.next = next
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
    /// Whose money it took.
    public var payer: Payer
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
        payer = settlement.hold.payer
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

    /// Counts another sum.
    public mutating func add(_ other: UsageSum) {
        requests += other.requests
        inputTokens += other.inputTokens
        outputTokens += other.outputTokens
        cost += other.cost
        shownCost += other.shownCost
    }
}
