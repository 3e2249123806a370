import Accounts
import Dispatch
import Foundation
import GRDB
import Ledger
import Logging

/// The one thread that writes: takes everything that is enqueued, writes it in one transaction, and calls the
/// completions. It never lingers: a batch is what arrived while the one before was written.
///
/// Every completion is called exactly once: also when the disk fails, when the gateway stops, and afterwards.
///
/// `@unchecked Sendable`: `retained` and `batches` belong to the writer's thread.
final class LedgerWriter: @unchecked Sendable {
    /// Pause before a failing disk is tried again, in seconds.
    private static let retryPause = 0.2
    /// Attempts to write settlements to a failing disk once the gateway stops; their holds stay in the ledger.
    private static let retriesWhenStopping = 10
    private static let closed = LedgerFailure.unavailable("ledger is closed")

    private let pool: DatabasePool
    private let logger: Logger
    private let queue = WriterQueue()
    /// Completes entries that come after the writer has stopped; never on the caller's thread, which may hold a lock.
    private let afterwards = DispatchQueue(label: "ledger-closed")
    /// Settlements, and extensions of their holds, that a failing disk has not taken yet.
    private var retained: [WriterEntry] = []
    private var batches: BatchWriter

    init(pool: DatabasePool, logger: Logger) {
        self.pool = pool
        self.logger = logger
        batches = BatchWriter(pool: pool)
    }

    func start() {
        let thread = Thread { self.run() }
        thread.name = "ledger-writer"
        thread.start()
    }

    var isWritable: Bool { queue.isWritable }

    /// Durations of the last transactions; nil before the first.
    var commitTimes: LedgerState.Commits? { queue.commitTimes }

    /// Appends an entry and returns its position; after the writer has stopped, the entry fails.
    @discardableResult
    func enqueue(_ entry: WriterEntry) -> WriteSequence {
        if let sequence = queue.append(entry) { return sequence }
        afterwards.async { entry.complete(.failure(Self.closed)) }
        return .start
    }

    /// Waits until the entry at a position, and all before it, are durable, have failed, or wait for a failing disk.
    func settled(upTo sequence: WriteSequence) async { await queue.settled(upTo: sequence) }

    func stop() async { await queue.stop() }

    // MARK: The writer's thread

    private func run() {
        var retriesLeft = Self.retriesWhenStopping
        while true {
            let batch = queue.next(hasRetained: !retained.isEmpty, probeInterval: Self.retryPause)
            if batch.isEmpty, retained.isEmpty {
                if queue.isStopping { break }
                probe()
                continue
            }
            write(retained + batch)
            queue.finishBatch()
            if !retained.isEmpty {
                if queue.isStopping { retriesLeft -= 1 }
                if retriesLeft == 0 { break }
                Thread.sleep(forTimeInterval: Self.retryPause)
            }
        }
        finish()
    }

    /// Fails what could not be written; from now on nothing is accepted.
    private func finish() {
        let (notTaken, waiting) = queue.close()
        let lost = retained + notTaken
        retained = []
        // The statements must be freed before their connection is closed.
        batches = BatchWriter(pool: pool)
        for case .request(.settle(let settlement), _) in lost {
            logger.critical(
                "settlement was not written before the ledger closed; its hold is resolved at the next start",
                metadata: [
                    "request": "\(settlement.hold.requestID.requestText)", "cost_usd": "\(settlement.cost)",
                ])
        }
        for entry in lost { entry.complete(.failure(Self.closed)) }
        for continuation in waiting { continuation.resume() }
    }

    /// Checks whether a disk that failed can be written again.
    private func probe() {
        guard !isWritable else { return }
        do {
            try pool.writeWithoutTransaction { db in
                try db.execute(
                    sql: "UPDATE write_probe SET probed_at_ms = ?",
                    arguments: [Int64(Date().timeIntervalSince1970 * 1000)])
            }
            setWritable(true)
        } catch {
            logger.debug("database still cannot be written", metadata: ["reason": "\(error)"])
        }
    }

    private func write(_ entries: [WriterEntry]) {
        retained = []
        switch batches.write(entries) {
        case .committed(let results, let duration):
            // A transaction that changes nothing is committed on a full disk too.
            if let duration { setWritable(true, after: duration) }
            for (entry, result) in zip(entries, results) { entry.complete(result) }
        case .failed(let reason):
            setWritable(false, reason: reason)
            for entry in entries {
                if entry.survivesFailingDisk {
                    retained.append(entry)
                } else {
                    entry.complete(.failure(.unavailable(reason)))
                }
            }
        }
    }

    /// - Parameter duration: Duration of the transaction that showed it, in nanoseconds.
    private func setWritable(_ isWritable: Bool, after duration: Int64? = nil, reason: String = "") {
        guard queue.setWritable(isWritable, after: duration) else { return }
        if isWritable {
            logger.notice("ledger can be written again")
        } else {
            logger.critical("ledger cannot be written; new requests are refused", metadata: ["reason": "\(reason)"])
        }
    }
}
