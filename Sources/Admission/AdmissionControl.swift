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
    private let rateCards: Mutex<RateCard>

    /// Opens admission on a ledger: first settles what requests of an earlier run left on hold.
    ///
    /// An open hold means that the gateway stopped while its request was in flight. Its input had most
    /// likely been sent: it is charged that bound, and its row says `interrupted`.
    public static func open(
        store: any LedgerStore, rateCard: RateCard, vault: KeyVault, policy: KeyPolicy, time: any TimeSource,
        logger: Logger
    ) async throws -> AdmissionControl {
        let holds = try await store.contents().holds
        for hold in holds {
            let settlement = Settlement(
                hold: hold, usage: .zero, usageSource: .interrupted, cost: min(hold.interruptedCost, hold.amount),
                durationMilliseconds: 0, firstByteMilliseconds: nil, status: 499)
            _ = try await store.apply(.settle(settlement))
            logger.warning(
                "request was in flight when the gateway stopped; charged its input",
                metadata: [
                    "request": "\(hold.requestID.requestText)", "charged": "\(settlement.cost)",
                    "held": "\(hold.amount)",
                ])
        }
        return AdmissionControl(
            store: store, contents: try await store.contents(), rateCard: rateCard, vault: vault, policy: policy,
            time: time, logger: logger)
    }

    init(
        store: any LedgerStore, contents: LedgerContents, rateCard: RateCard, vault: KeyVault, policy: KeyPolicy,
        time: any TimeSource, logger: Logger
    ) {
        self.store = store
        self.vault = vault
        self.policy = policy
        self.time = time
        self.logger = logger
        books = Mutex(Books(contents))
        rateCards = Mutex(rateCard)
    }

    /// The prices in force.
    public var rateCard: RateCard { rateCards.withLock { $0 } }

    /// Whether new work can be written down at all.
    public var isWritable: Bool { store.isWritable }

    /// Returns who presented a secret, or nil. The secret is looked up by its digest and nothing else.
    public func authenticate(_ presented: some Sequence<UInt8>) -> Principal? {
        guard let digest = vault.digest(of: presented) else { return nil }
        return books.withLock { $0.key(digest)?.principal }
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

extension KeyBook {
    /// Returns the room in the limit of requests per minute; admissions must have been expired.
    func headroom(now: Int64) -> RateHeadroom {
        RateHeadroom(
            limit: limits.requestsPerMinute, remaining: max(0, limits.requestsPerMinute - window.count),
            resetMilliseconds: (window.nanosecondsUntilEmpty(now: now) + 999_999) / 1_000_000)
    }
}
