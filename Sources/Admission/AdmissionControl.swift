import Accounts
import Ledger
import Logging
import Metering
import Money
import Pricing
import Synchronization
import Timekeeping
import Vault

/// Decides who may spend what: the one authority for keys, limits and money.
///
/// A request passes `authenticate` and `admit`, and ends in `settle`. All decisions are made in memory under one short
/// lock, on the caller's thread, and are written to the ledger in the order in which they were made: commands
/// are enqueued inside the lock.
public final class AdmissionControl: Sendable {
    /// What the operator lets keys do.
    public let policy: KeyPolicy
    /// The clock that limits and rows go by.
    public let time: any TimeSource

    let store: any LedgerStore
    let vault: KeyVault
    let logger: Logger
    let books: Mutex<Books>
    private let schedule: Mutex<PriceSchedule>
    /// What has happened since the start.
    public let counters = Counters()
    /// No request lives longer, in milliseconds.
    private let longestRequest: Int64

    /// Opens admission on a ledger: first settles what requests of an earlier run left on hold, then puts prices in
    /// force.
    ///
    /// An open hold means that the gateway stopped while its request was in flight. It is charged by a policy, and its
    /// row says `interrupted`.
    ///
    /// - Parameter rateCard: The operator's file. If its prices are not those that the file had when it was last recorded,
    ///   they are in force from now on; else what the ledger says stays.
    /// - Throws: `LedgerFailure`, or `RateCardError` for prices in the ledger that cannot be read.
    public static func open(
        store: any LedgerStore, rateCard: RateCard, vault: KeyVault, policy: KeyPolicy,
        recovery: RecoveryPolicy = .input, longestRequest: Duration = .seconds(3600), time: any TimeSource,
        logger: Logger
    ) async throws -> AdmissionControl {
        for hold in try await store.contents(usageFrom: Day(number: .max)).holds {
            let settlement = recovery.settlement(of: hold)
            _ = try await store.apply(.settle(settlement))
            logger.warning(
                "request was in flight when the gateway stopped",
                metadata: [
                    "request": "\(hold.requestID.requestText)", "charged": "\(settlement.cost)",
                    "held": "\(hold.amount)",
                ])
        }
        let admission = AdmissionControl(
            store: store, contents: try await store.contents(usageFrom: Self.firstDayInUse(time)),
            schedule: PriceSchedule(rateCard), vault: vault,
            policy: policy, longestRequest: longestRequest, time: time, logger: logger)
        try await admission.openPrices(file: rateCard)
        return admission
    }

    private init(
        store: any LedgerStore, contents: LedgerContents, schedule: PriceSchedule, vault: KeyVault, policy: KeyPolicy,
        longestRequest: Duration, time: any TimeSource, logger: Logger
    ) {
        self.store = store
        self.vault = vault
        self.policy = policy
        self.longestRequest = longestRequest.components.seconds * 1000
        self.time = time
        self.logger = logger
        books = Mutex(Books(contents, today: time.now().day))
        self.schedule = Mutex(schedule)
    }

    /// The first day of any window that is not over.
    private static func firstDayInUse(_ time: any TimeSource) -> Day {
        let today = time.now().day
        return min(today.firstOfWeek, today.firstOfMonth)
    }

    // MARK: Prices

    /// The prices in force.
    public var rateCard: RateCard {
        let now = time.now()
        return schedule.withLock { $0.card(at: now) }
    }

    /// The prices in force and those to come.
    public var prices: PriceSchedule { schedule.withLock { $0 } }

    /// Takes the operator's file over, unless its prices are those that it had when it was last recorded.
    ///
    /// - Returns: Whether they changed.
    public func reloadPrices(file card: RateCard, by actor: AuditActor) async throws -> Bool {
        let last = try await store.contents(usageFrom: Day(number: .max)).rateCards.last { $0.origin == .file }
        guard last?.version != card.version else { return false }
        try await adoptPrices(card, origin: .file, from: time.now(), by: actor)
        return true
    }

    /// Puts prices in force from a moment on; rows that are written stay as they are.
    @discardableResult
    public func adoptPrices(
        _ card: RateCard, origin: RateCardRecord.Origin, from moment: Timestamp, by actor: AuditActor
    ) async throws(ManagementError) -> RateCardRecord {
        let now = time.now()
        let record = RateCardRecord(
            version: card.version, effectiveFrom: max(moment, now), origin: origin, card: card.text, recordedAt: now)
        do {
            _ = try await store.apply(.audited(actor, .adoptPrices(record), at: now))
        } catch {
            throw ManagementError(error)
        }
        schedule.withLock { $0.add(card, from: record.effectiveFrom, now: now) }
        logger.notice(
            "prices adopted",
            metadata: ["version": "\(card.version)", "from": "\(record.effectiveFrom.rfc3339)"])
        return record
    }

    private func openPrices(file card: RateCard) async throws {
        _ = try await reloadPrices(file: card, by: .gateway("start"))
        if let kept = try PriceSchedule(
            try await store.contents(usageFrom: Day(number: .max)).rateCards, now: time.now())
        {
            schedule.withLock { $0 = kept }
        }
    }

    /// Requests that began before this moment have ended: a hold that is older has outlived its request.
    public var overdueBefore: Timestamp { Timestamp(milliseconds: time.now().milliseconds - longestRequest) }

    // MARK: Keys

    /// Whether new work can be written down at all.
    public var isWritable: Bool { store.isWritable }

    /// Returns who presented a secret, or nil. The secret is looked up by its digest and nothing else.
    public func authenticate(_ presented: some Sequence<UInt8>) -> Credential? {
        guard let digest = vault.digest(of: presented) else { return nil }
        return books.withLock { $0.credential(digest, now: time.now) }
    }

    /// Returns what counts against a key's limits at the moment, or nil if the key is gone.
    public func load(of id: KeyID) -> KeyLoad? {
        let today = time.now().day
        let now = time.monotonicNanoseconds()
        return books.withLock { books in
            guard let key = books.keys[id] else { return nil }
            key.periods.advance(to: today)
            key.window.expire(now: now)
            key.tokens.expire(now: now)
            return KeyLoad(
                requestsToday: key.periods.sum(.day, around: today).requests, requestsThisMinute: key.window.count,
                tokensThisMinute: key.tokens.count, requestsInFlight: key.inFlight)
        }
    }

    /// Returns a key's room in its limit of requests per minute, or nil if the key is gone.
    public func headroom(of id: KeyID) -> RateHeadroom? {
        let now = time.monotonicNanoseconds()
        return books.withLock { books in
            guard let key = books.keys[id] else { return nil }
            key.window.expire(now: now)
            return key.headroom(now: now)
        }
    }
}

/// What counts against a key's limits at a moment.
public struct KeyLoad: Hashable, Sendable {
    /// Requests admitted that began today, in UTC.
    public var requestsToday: Int64
    /// Requests admitted in the last 60 seconds.
    public var requestsThisMinute: Int
    /// Tokens used in the last 60 seconds, and reserved by requests in flight.
    public var tokensThisMinute: Int64
    /// Requests in flight.
    public var requestsInFlight: Int
}

extension KeyState {
    /// Returns the room in the limit of requests per minute; admissions must have been expired.
    func headroom(now: Int64) -> RateHeadroom {
        RateHeadroom(
            limit: limits.requestsPerMinute, remaining: max(0, limits.requestsPerMinute - window.count),
            resetMilliseconds: (window.nanosecondsUntilEmpty(now: now) + 999_999) / 1_000_000)
    }
}
