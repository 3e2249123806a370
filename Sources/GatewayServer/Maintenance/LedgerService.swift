import SQLiteStorage
import ServiceLifecycle

/// Keeps the ledger open while the gateway runs, and closes it last, when all enqueued commands are durable.
struct LedgerService: Service {
    let ledger: SQLiteLedger

    func run() async throws {
        try? await gracefulShutdown()
        await ledger.close()
    }
}
