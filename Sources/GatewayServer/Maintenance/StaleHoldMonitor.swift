import Accounts
import Admission
import Ledger
import Logging
import ServiceLifecycle
import Timekeeping

/// Logs holds that have outlived any request. Their money is blocked until the next start settles them.
struct StaleHoldMonitor: Service {
    let admission: RequestAdmission
    let ledger: any HoldReader
    let interval: Duration
    let logger: Logger

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try await Task.sleep(for: interval)
                await check()
            }
        }
    }

    /// Checks the open holds once.
    func check() async {
        do {
            for hold in try await ledger.holds(before: admission.overdueBefore) {
                logger.critical(
                    "hold has outlived its request; the next start settles it",
                    metadata: [
                        "request": "\(hold.requestID.requestText)", "held": "\(hold.amount)",
                        "since": "\(hold.startedAt.rfc3339)",
                    ])
            }
        } catch {
            logger.error("holds cannot be read", metadata: ["reason": "\(error)"])
        }
    }
}
