import Accounts
import Money
import Timekeeping

/// Where the ledger is written: one writer, in the order in which it is told.
///
/// Two stores exist: `SQLiteLedger`, and in the tests `InMemoryLedger`, the reference model.
public protocol LedgerStore: Sendable {
    /// Puts a command at the end of the writer's queue and returns at once.
    ///
    /// Commands are applied in the order of the calls. `completion` is called exactly once, after the
    /// command is durable (or has failed), in the same order, on the writer's own thread: it must be short
    /// and must not wait. A settlement or extension whose write fails for want of disk is kept and tried again, its
    /// completion called when it is durable; all other commands fail then.
    func enqueue(
        _ command: LedgerCommand, completion: @escaping @Sendable (Result<LedgerReceipt, LedgerFailure>) -> Void)

    /// Waits until every command enqueued before this call is durable or has failed; not for settlements that a
    /// failing disk keeps waiting.
    func settled() async

    /// Whether the last write succeeded; false while the disk is full or failing.
    var isWritable: Bool { get }

    /// Returns everything that is in force as it is on disk: accounts, keys that are not deleted, open holds.
    ///
    /// - Parameter day: From which day on the sums of keys are wanted.
    func contents(usageFrom day: Day) async throws -> LedgerContents
}

/// What the books in memory are opened with.
public struct LedgerContents: Sendable {
    /// Every account.
    public var accounts: [AccountRecord]
    /// Every key that is not deleted.
    public var keys: [KeyRecord]
    /// Secrets that recognise keys for a while, those whose time is over among them.
    public var temporarySecrets: [TemporarySecret]
    /// Every management key that is not deleted.
    public var managementKeys: [ManagementKeyRecord]
    /// What keys have used on each day that was asked for.
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

/// What a key has used on one day.
public struct KeyDay: Hashable, Sendable {
    /// The key.
    public var keyID: KeyID
    /// The day on which the requests began.
    public var day: Day
    /// How many there were.
    public var requests: Int64
    /// What they were charged.
    public var cost: NanoUSD
    /// The part of it that the key's allowance paid.
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

extension LedgerStore {
    /// Applies one command and returns its receipt once it is durable.
    public func apply(_ command: LedgerCommand) async throws(LedgerFailure) -> LedgerReceipt {
        let result: Result<LedgerReceipt, LedgerFailure> = await withCheckedContinuation { continuation in
            enqueue(command) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }
}
