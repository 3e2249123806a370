import Accounts
import Dispatch
import Foundation
import GRDB
import Ledger
import Logging

/// The one thread that writes: takes everything that is enqueued, writes it in one transaction, and tells those who
/// wait. It never lingers: a batch is what came while the one before was written.
///
/// Every completion is called exactly once: also when the disk fails, when the gateway stops, and afterwards.
///
/// `@unchecked Sendable`: `condition` guards all state that threads share; `retained` belongs to the writer's thread.
final class LedgerWriter: @unchecked Sendable {
    typealias Completion = @Sendable (Result<LedgerReceipt, LedgerFailure>) -> Void

    private enum Entry {
        case command(LedgerCommand, Completion)
        case barrier(@Sendable () -> Void)
    }

    /// Most commands in one transaction: bounds how long the first waits for the last.
    private static let largestBatch = 512
    /// Pause before a failing disk is tried again, in seconds.
    private static let retryPause = 0.2
    /// How often settlements are tried on a failing disk once the gateway stops; their holds stay in the ledger.
    private static let retriesWhenStopping = 10

    private let pool: DatabasePool
    private let logger: Logger
    /// Tells those who come after the writer has stopped; never on their own thread, which may hold a lock.
    private let afterwards = DispatchQueue(label: "ledger-closed")
    private let condition = NSCondition()
    private var queue: [Entry] = []
    private var isWriterAsleep = false
    private var isWriting = false
    private var isStopping = false
    private var writable = true
    private var times = CommitTimes()
    private var hasStopped = false
    private var onStopped: [CheckedContinuation<Void, Never>] = []
    /// Settlements, and extensions of their holds, that could not be written for want of disk.
    private var retained: [Entry] = []
    private var executor = CommandExecutor()

    init(pool: DatabasePool, logger: Logger) {
        self.pool = pool
        self.logger = logger
    }

    func start() {
        let thread = Thread { self.run() }
        thread.name = "ledger-writer"
        thread.start()
    }

    var isWritable: Bool {
        condition.lock()
        defer { condition.unlock() }
        return writable
    }

    /// How long the last transactions took.
    var commitTimes: LedgerState.Commits? {
        condition.lock()
        let times = times
        condition.unlock()
        return times.report
    }

    func enqueue(_ command: LedgerCommand, completion: @escaping Completion) {
        append(.command(command, completion))
    }

    /// Waits until everything enqueued so far is durable, has failed, or waits for a failing disk.
    func settled() async {
        await withCheckedContinuation { continuation in
            condition.lock()
            let isIdle = queue.isEmpty && !isWriting
            condition.unlock()
            if isIdle { continuation.resume() } else { append(.barrier { continuation.resume() }) }
        }
    }

    func stop() async {
        await withCheckedContinuation { continuation in
            condition.lock()
            isStopping = true
            if !hasStopped { onStopped.append(continuation) }
            let hasStopped = hasStopped
            condition.signal()
            condition.unlock()
            if hasStopped { continuation.resume() }
        }
    }

    private func append(_ entry: Entry) {
        condition.lock()
        let isTooLate = hasStopped
        if !isTooLate {
            queue.append(entry)
            if isWriterAsleep {
                // Once is enough: it takes everything that is enqueued until it runs.
                isWriterAsleep = false
                condition.signal()
            }
        }
        condition.unlock()
        if isTooLate { afterwards.async { self.complete([entry], [.failure(Self.closed)]) } }
    }

    // MARK: The writer's thread

    private func run() {
        var retriesLeft = Self.retriesWhenStopping
        while true {
            let batch = nextBatch()
            if batch.isEmpty, retained.isEmpty {
                if isStoppingNow { break }
                probe()
                continue
            }
            write(retained + batch)
            if !retained.isEmpty {
                if isStoppingNow { retriesLeft -= 1 }
                if retriesLeft == 0 { break }
                Thread.sleep(forTimeInterval: Self.retryPause)
            }
        }
        finish()
    }

    /// Gives up what could not be written; from now on nothing is accepted.
    private func finish() {
        condition.lock()
        hasStopped = true
        let lost = retained + queue
        queue = []
        let waiting = onStopped
        condition.unlock()
        retained = []
        // Its statements must end before their connection does.
        executor = CommandExecutor()
        for case .command(.settle(let settlement), _) in lost {
            logger.critical(
                "settlement was not written before the ledger closed; its hold is resolved at the next start",
                metadata: [
                    "request": "\(settlement.hold.requestID.requestText)", "cost_usd": "\(settlement.cost)",
                ])
        }
        complete(lost, lost.map { _ in .failure(Self.closed) })
        for continuation in waiting { continuation.resume() }
    }

    private static let closed = LedgerFailure.unavailable("ledger is closed")

    private var isStoppingNow: Bool {
        condition.lock()
        defer { condition.unlock() }
        return isStopping
    }

    /// Waits for work; answers nothing when the gateway stops, or when a failing disk is to be probed.
    private func nextBatch() -> [Entry] {
        condition.lock()
        defer { condition.unlock() }
        isWriting = false
        while queue.isEmpty, retained.isEmpty, !isStopping {
            isWriterAsleep = true
            let isTimeToProbe =
                writable ? !waitForever() : !condition.wait(until: Date(timeIntervalSinceNow: Self.retryPause))
            isWriterAsleep = false
            if isTimeToProbe { break }
        }
        isWriting = !queue.isEmpty
        guard queue.count > Self.largestBatch else {
            let batch = queue
            queue.removeAll(keepingCapacity: true)
            return batch
        }
        let batch = Array(queue.prefix(Self.largestBatch))
        queue.removeFirst(Self.largestBatch)
        return batch
    }

    private func waitForever() -> Bool {
        condition.wait()
        return true
    }

    /// Finds out whether a disk that failed can be written again.
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

    private func write(_ entries: [Entry]) {
        retained = []
        let outcome = transaction(entries)
        switch outcome {
        case .committed(let receipts):
            complete(entries, receipts.map { .success($0) })
        case .refused:
            // One of them cannot be applied: it must not take the others down with it.
            for entry in entries { writeAlone(entry) }
        case .failed(let reason): fail(entries, reason)
        }
    }

    private func writeAlone(_ entry: Entry) {
        switch transaction([entry]) {
        case .committed(let receipts):
            complete([entry], receipts.map { .success($0) })
        case .refused(let failure): complete([entry], [.failure(failure)])
        case .failed(let reason): fail([entry], reason)
        }
    }

    private enum Outcome {
        case committed([LedgerReceipt])
        case refused(LedgerFailure)
        case failed(String)
    }

    /// Writes some entries in one transaction; barriers get the receipt `held`, which nobody reads.
    private func transaction(_ entries: [Entry]) -> Outcome {
        do {
            var receipts: [LedgerReceipt] = []
            receipts.reserveCapacity(entries.count)
            var hasWritten = false
            let began = DispatchTime.now().uptimeNanoseconds
            try pool.writeWithoutTransaction { db in
                let changes = db.totalChangesCount
                try db.inTransaction(.immediate) {
                    for entry in entries {
                        guard case .command(let command, _) = entry else {
                            receipts.append(.held)
                            continue
                        }
                        receipts.append(try executor.apply(command, db))
                    }
                    try executor.finish(db)
                    return .commit
                }
                hasWritten = db.totalChangesCount != changes
            }
            // A transaction that changes nothing is committed on a full disk too.
            if hasWritten {
                setWritable(true, after: Int64(DispatchTime.now().uptimeNanoseconds - began))
            }
            return .committed(receipts)
        } catch let failure as LedgerFailure {
            executor.forget()
            return .refused(failure)
        } catch let error as DatabaseError where error.isOfTheDisk {
            executor.forget()
            return .failed("\(error)")
        } catch {
            executor.forget()
            return .refused(.refused("\(error)"))
        }
    }

    private func fail(_ entries: [Entry], _ reason: String) {
        setWritable(false, reason: reason)
        for entry in entries {
            switch entry {
            case .command(.settle, _), .command(.extend, _): retained.append(entry)
            case .command(_, let completion): completion(.failure(.unavailable(reason)))
            case .barrier(let completion): completion()
            }
        }
    }

    private func complete(_ entries: [Entry], _ results: [Result<LedgerReceipt, LedgerFailure>]) {
        for (entry, result) in zip(entries, results) {
            switch entry {
            case .command(_, let completion): completion(result)
            case .barrier(let completion): completion()
            }
        }
    }

    /// - Parameter duration: Of the transaction that says so, in nanoseconds.
    private func setWritable(_ isWritable: Bool, after duration: Int64? = nil, reason: String = "") {
        condition.lock()
        if let duration { times.add(duration) }
        let changed = writable != isWritable
        writable = isWritable
        condition.unlock()
        guard changed else { return }
        if isWritable {
            logger.notice("ledger can be written again")
        } else {
            logger.critical("ledger cannot be written; new requests are refused", metadata: ["reason": "\(reason)"])
        }
    }
}

extension DatabaseError {
    /// Whether the disk, the file or the machine is at fault, so that any other command would fail as well.
    fileprivate var isOfTheDisk: Bool {
        switch resultCode {
        case .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_READONLY, .SQLITE_CANTOPEN,
            .SQLITE_NOMEM, .SQLITE_PROTOCOL, .SQLITE_PERM, .SQLITE_CORRUPT, .SQLITE_NOTADB:
            true
        default: false
        }
    }
}
