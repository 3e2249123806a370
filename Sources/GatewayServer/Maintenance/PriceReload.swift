import Admission
import ControlAPI
import Ledger
import Logging
import ServiceLifecycle
import UnixSignals

/// Reloads the rate card on SIGHUP. A card that cannot be read changes nothing.
struct PriceReload: Service {
    let prices: PriceBook
    let source: PriceSource
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in await UnixSignalsSequence(trapping: .sighup) { await reload() }
        }
    }

    private func reload() async {
        do {
            let adopted = try await prices.reload(file: try source(), by: .gateway("SIGHUP"))
            if adopted == nil { logger.notice("prices are unchanged") }
        } catch {
            logger.error(
                "prices cannot be reloaded; the current prices stay in force", metadata: ["reason": "\(error)"])
        }
    }
}
