import Accounts
import Admission
import Ledger
import Logging
import ServiceLifecycle
import Timekeeping

/// Raises an alarm for holds that have outlived any request: money that nobody can spend until the gateway starts again.
struct StaleHoldMonitor: Service {
    let admission: RequestAdmission
    let ledger: any HoldReader
    let interval: Duration
    let logger: Logger

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try await Task.sleep(for: interval)
                await look()
            }
        }
    }

    /// Looks once.
    func look() async {
        do {
            for hold in try await ledger.holds(before: admission.overdueBefore) {
                logger.critical(
                    "hold has outlived its request; its money is resolved at the next start",
                    metadata: [
                        "request": "\(hold.requestID.requestText)", "held": "\(hold.amount)",
                        "since": "\(hold.startedAt.rfc3339)",
                    ])
            }
        } catch {
            logger.error("holds cannot be looked at", metadata: ["reason": "\(error)"])
        }
    }
}
