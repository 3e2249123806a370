import Ledger
import Logging
import ServiceLifecycle
import Timekeeping

/// Rolls up past weeks in small batches, between which the writer serves requests.
struct WeeklyRollup: Service {
    let ledger: any LedgerStore & WeeklyRollupReader
    let time: any TimeSource
    let logger: Logger

    /// Maximum keys of one batch, which is one transaction.
    private static let batchSize = 20
    /// Delay between two batches.
    private static let pause = Duration.milliseconds(50)
    /// Delay between two checks of the calendar.
    private static let interval = Duration.seconds(60)

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            var done: Day?
            while !Task.isCancelled {
                let monday = time.now().day.firstOfWeek
                var rest = Self.interval
                do {
                    if done != monday {
                        if try await rollUpBatch(before: monday) { rest = Self.pause } else { done = monday }
                    }
                } catch {
                    logger.error("weeks cannot be rolled up", metadata: ["reason": "\(error)"])
                }
                try await Task.sleep(for: rest)
            }
        }
    }

    /// Rolls up one batch of keys; returns false if none was left.
    private func rollUpBatch(before monday: Day) async throws -> Bool {
        let keys = try await ledger.keysToRollUp(before: monday, atMost: Self.batchSize)
        guard !keys.isEmpty else { return false }
        _ = try await ledger.apply(RollUpWeeks(of: keys, before: monday))
        return true
    }
}
