import Accounts
import Metering
import Money
import Timekeeping

/// The names of a key.
public struct KeyName: Hashable, Sendable {
    /// Its kind.
    public var kind: KeyKind
    /// Public identifier of the key.
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
    public init(
        kind: KeyKind, publicID: UUIDv7, label: String, environment: String?, team: String?, project: String?
    ) {
        self.kind = kind
        self.publicID = publicID
        self.label = label
        self.environment = environment
        self.team = team
        self.project = project
    }
}

/// Time step of usage.
public enum UsageStep: Int64, Hashable, Sendable {
    /// One hour.
    case hour = 3_600_000
    /// One day, in UTC.
    case day = 86_400_000
}

/// Usage of a model in an hour or on a day.
public struct UsagePoint: Hashable, Sendable {
    /// When the hour or day began.
    public var start: Timestamp
    /// The model.
    public var model: String
    /// The usage; its shown cost is known only of the points of keys.
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
    /// A key, and numbers that are not among its counters.
    public struct Key: Hashable, Sendable {
        /// The key, deleted or not.
        public var record: KeyRecord
        /// Spending in the window of its spend limit; zero of a limit without a window.
        public var spentInPeriod: NanoUSD
        /// When the request of its newest row began; nil if no row is left.
        public var lastUsedAt: Timestamp?

        /// Creates a key of an overview.
        public init(record: KeyRecord, spentInPeriod: NanoUSD = .zero, lastUsedAt: Timestamp? = nil) {
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

/// A key and its usage, from one state of the ledger.
public struct KeyUsage: Hashable, Sendable {
    /// The key.
    public var key: KeyRecord
    /// Since 00:00 UTC today.
    public var today: UsageSum
    /// Since Monday 00:00 UTC.
    public var week: UsageSum
    /// Since the first of the month, 00:00 UTC.
    public var month: UsageSum
    /// Since the key was created.
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
    /// Quantities of dimensions other than text and pictures.
    public var others: [Usage.Quantity]
    /// The real charge, overruns not included.
    public var cost: NanoUSD
    /// The charge that the client is shown.
    public var shownCost: NanoUSD

    /// Creates a sum.
    public init(
        requests: Int64 = 0, inputTokens: Int64 = 0, outputTokens: Int64 = 0, others: [Usage.Quantity] = [],
        cost: NanoUSD = .zero, shownCost: NanoUSD = .zero
    ) {
        self.requests = requests
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        self.others = others
        self.cost = cost
        self.shownCost = shownCost
    }

    /// Adds another sum.
    public mutating func add(_ other: UsageSum) {
        requests += other.requests
        inputTokens += other.inputTokens
        outputTokens += other.outputTokens
        for quantity in other.others { others.add(quantity) }
        cost += other.cost
        shownCost += other.shownCost
    }
}

extension [UsageSum] {
    /// The sum of them all.
    public var total: UsageSum { reduce(into: UsageSum()) { $0.add($1) } }
}
