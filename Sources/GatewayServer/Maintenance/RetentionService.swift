import Ledger
import Logging
import ServiceLifecycle
import Timekeeping

/// Removes old rows in small steps, between which the writer serves requests.
struct RetentionService: Service {
    let ledger: any LedgerStore
    /// How long rows are kept; nil keeps them for ever.
    let days: Int?
    let time: any TimeSource
    let logger: Logger

    /// Rows removed in one transaction.
    private static let step = 500
    /// Between two steps of which the first was full.
    private static let pause = Duration.milliseconds(50)
    /// Between two looks for what has become too old.
    private static let interval = Duration.seconds(60)
    /// How long repeated management calls are recognised, in milliseconds: a week.
    private static let callLifetime: Int64 = 7 * 86_400_000

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                let isDone = await removeSome()
                try await Task.sleep(for: isDone ? Self.interval : Self.pause)
            }
        }
    }

    /// Removes a step's worth; returns whether that was all.
    private func removeSome() async -> Bool {
        let now = time.now().milliseconds
        let oldest = days.map { now - Int64($0) * 86_400_000 } ?? .min
        do {
            let rows = try await ledger.apply(
                PurgeRows(
                    before: Timestamp(milliseconds: oldest),
                    callsBefore: Timestamp(milliseconds: now - Self.callLifetime), atMost: Self.step)
            ).rows
            guard rows > 0 else { return true }
            logger.debug("old rows removed", metadata: ["rows": "\(rows)"])
            return rows < Self.step
        } catch {
            logger.error("old rows cannot be removed", metadata: ["reason": "\(error)"])
            return true
        }
    }
}
