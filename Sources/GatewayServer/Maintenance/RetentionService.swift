import Ledger
import Logging
import ServiceLifecycle
import Timekeeping

/// Purges old rows in small batches, between which the writer serves requests.
struct RetentionService: Service {
    let ledger: any LedgerStore
    /// The age at which rows are purged, in days; nil keeps them forever.
    let days: Int?
    let time: any TimeSource
    let logger: Logger

    /// Maximum rows of one batch, which is one transaction.
    private static let batchSize = 500
    /// Delay after a full batch.
    private static let pause = Duration.milliseconds(50)
    /// Delay after a batch that was not full.
    private static let interval = Duration.seconds(60)
    /// How long the answers of idempotent calls are stored, in milliseconds: a week.
    private static let callLifetime: Int64 = 7 * 86_400_000

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                let isDone = await purgeBatch()
                try await Task.sleep(for: isDone ? Self.interval : Self.pause)
            }
        }
    }

    /// Purges one batch; returns whether no old rows are left.
    private func purgeBatch() async -> Bool {
        let now = time.now().milliseconds
        let oldest = days.map { now - Int64($0) * 86_400_000 } ?? .min
        do {
            let removed = try await ledger.apply(
                PurgeRows(
                    before: Timestamp(milliseconds: oldest),
                    callsBefore: Timestamp(milliseconds: now - Self.callLifetime), atMost: Self.batchSize))
            guard removed.rows > 0 || removed.objects > 0 else { return true }
            logger.debug(
                "old rows removed", metadata: ["rows": "\(removed.rows)", "objects": "\(removed.objects)"])
            return removed.rows < Self.batchSize && removed.objects < Self.batchSize
        } catch {
            logger.error("old rows cannot be removed", metadata: ["reason": "\(error)"])
            return true
        }
    }
}
