import Accounts
import Ledger
import Logging
import Timekeeping
import Vault

/// Decides which requests may spend: the one authority for limits and money of requests.
///
/// A request passes ``authenticate(_:)`` and ``admit(_:of:requestID:startedAt:onDurable:)``, and ends in
/// ``settle(_:_:)`` or ``abandon(_:)``. All decisions are made in memory under one short lock, on the caller's thread, and
/// reach the ledger in the order in which they were made, because commands are enqueued inside the lock (see
/// `LockedBooks`).
public final class RequestAdmission: Sendable {
    /// The clock of limits and ledger rows.
    public let time: any TimeSource
    /// The prices that requests are charged by.
    public let prices: PriceBook
    /// Which objects of the upstreams each key was given.
    public let objects: UpstreamObjects
    /// Counts of events since the start.
    public let counters = Counters()
    /// Flags of usage, counted since the start.
    public let flags = FlagCounts()

    let books: LockedBooks
    let store: any LedgerStore
    let logger: Logger
    /// The fewest output tokens that a clamped request is admitted with.
    let leastOutputTokens: Int64
    let vault: KeyVault
    /// The longest lifetime of a request, in milliseconds.
    private let longestRequest: Int64

    init(
        books: LockedBooks, prices: PriceBook, store: any LedgerStore, vault: KeyVault, leastOutputTokens: Int64,
        longestRequest: Duration, time: any TimeSource, logger: Logger
    ) {
        self.books = books
        self.prices = prices
        self.store = store
        self.vault = vault
        objects = UpstreamObjects(store: store, vault: vault, time: time, logger: logger)
        self.leastOutputTokens = leastOutputTokens
        self.longestRequest = longestRequest.components.seconds * 1000
        self.time = time
        self.logger = logger
    }

    /// Requests that began before this moment have ended: an older hold has outlived its request.
    public var overdueBefore: Timestamp { Timestamp(milliseconds: time.now().milliseconds - longestRequest) }

    /// Whether the ledger accepts new work; false while the disk is full or failing.
    public var isWritable: Bool { store.isWritable }

    /// Returns the owner of a presented secret, or nil if it is unknown, replaced or expired. The secret is looked up by its
    /// digest and nothing else.
    public func authenticate(_ presented: some Sequence<UInt8>) -> Credential? {
        guard let digest = vault.digest(of: presented) else { return nil }
        return books.withLock { $0.credential(digest, now: time.now) }
    }

    /// Returns the current usage of a key's limits, or nil if the key was deleted.
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

    /// Returns the headroom of a key's limit of requests per minute, or nil if the key was deleted.
    public func headroom(of id: KeyID) -> RateHeadroom? {
        let now = time.monotonicNanoseconds()
        return books.withLock { books in
            guard let key = books.keys[id] else { return nil }
            key.window.expire(now: now)
            return key.headroom(now: now)
        }
    }
}

/// The current usage of a key's limits.
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
    /// Returns the headroom of the limit of requests per minute. The window must have been expired.
    func headroom(now: Int64) -> RateHeadroom {
        RateHeadroom(
            limit: limits.requestsPerMinute, remaining: max(0, limits.requestsPerMinute - window.count),
            resetMilliseconds: (window.nanosecondsUntilEmpty(now: now) + 999_999) / 1_000_000)
    }
}
