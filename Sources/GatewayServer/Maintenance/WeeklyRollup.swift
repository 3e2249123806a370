import Ledger
import Logging
import ServiceLifecycle
import Timekeeping

/// Sums weeks that are over up, in small steps between which the writer serves requests.
struct WeeklyRollup: Service {
    let ledger: any LedgerStore & WeeklyRollupReader
    let time: any TimeSource
    let logger: Logger

    /// Keys of one transaction.
    private static let step = 20
    /// Between two steps.
    private static let pause = Duration.milliseconds(50)
    /// Between two looks at the calendar.
    private static let interval = Duration.seconds(60)

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            var done: Day?
            while !Task.isCancelled {
                let monday = time.now().day.firstOfWeek
                var rest = Self.interval
                do {
                    if done != monday {
                        if try await sumSomeUp(before: monday) { rest = Self.pause } else { done = monday }
                    }
                } catch {
                    logger.error("weeks cannot be summed up", metadata: ["reason": "\(error)"])
                }
                try await Task.sleep(for: rest)
            }
        }
    }

    /// Sums a step's worth up; returns false if nothing was left.
    private func sumSomeUp(before monday: Day) async throws -> Bool {
        let keys = try await ledger.keysToRollUp(before: monday, atMost: Self.step)
        guard !keys.isEmpty else { return false }
        _ = try await ledger.apply(RollUpWeeks(of: keys, before: monday))
        return true
    }
}
