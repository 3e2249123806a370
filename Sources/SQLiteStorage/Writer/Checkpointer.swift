import Dispatch
import Foundation
import GRDB
import Logging
import Synchronization

/// Copies the write-ahead log back into the database, on a thread and connection of its own: on the writer's thread it would
/// delay settlements by tens of milliseconds.
final class Checkpointer: Sendable {
    /// Pages in the log from which on the writer copies them itself (64 MB).
    static let pagesAtMost = 32_000
    /// Time between two copies, in seconds.
    private static let interval = 1.0

    private let queue: DatabaseQueue
    private let logger: Logger
    private let wake = DispatchSemaphore(value: 0)
    private let state = Mutex(
        (isStopping: false, hasStopped: false, waiting: [] as [CheckedContinuation<Void, Never>]))

    init(path: String, logger: Logger) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(1)
        configuration.label = "checkpointer"
        queue = try DatabaseQueue(path: path, configuration: configuration)
        self.logger = logger
    }

    func start() {
        let thread = Thread { self.run() }
        thread.name = "checkpointer"
        thread.start()
    }

    func stop() async {
        await withCheckedContinuation { continuation in
            let hasStopped = state.withLock { state in
                state.isStopping = true
                if !state.hasStopped { state.waiting.append(continuation) }
                return state.hasStopped
            }
            wake.signal()
            if hasStopped { continuation.resume() }
        }
    }

    private func run() {
        while !state.withLock({ $0.isStopping }) {
            _ = wake.wait(timeout: .now() + Self.interval)
            do {
                try queue.writeWithoutTransaction { db in
                    _ = try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(PASSIVE)")
                }
            } catch {
                logger.warning("checkpoint failed; the next one tries again", metadata: ["reason": "\(error)"])
            }
        }
        do {
            try queue.close()
        } catch {
            logger.warning("checkpointer could not close", metadata: ["reason": "\(error)"])
        }
        let waiting = state.withLock { state in
            state.hasStopped = true
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
