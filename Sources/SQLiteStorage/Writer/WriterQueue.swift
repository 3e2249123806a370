import Foundation
import Ledger

/// The queue between all threads and the writer's thread, and the state of the writer that other threads read.
///
/// `@unchecked Sendable`: `condition` guards all state.
final class WriterQueue: @unchecked Sendable {
    /// Most commands in one transaction: bounds how long the first waits for the last.
    private static let largestBatch = 512

    private let condition = NSCondition()
    private var entries: [WriterEntry] = []
    private var isWriterAsleep = false
    /// Entries that were appended, were taken by the writer, and were written or have failed: each counts from the start.
    private var appended: Int64 = 0
    private var taken: Int64 = 0
    private var finished: Int64 = 0
    /// Who waits for which position.
    private var waiters: [(sequence: Int64, continuation: CheckedContinuation<Void, Never>)] = []
    private var stopping = false
    private var hasStopped = false
    private var writable = true
    private var times = CommitTimes()
    private var onStopped: [CheckedContinuation<Void, Never>] = []

    private func withLock<Value>(_ body: () -> Value) -> Value {
        condition.lock()
        defer { condition.unlock() }
        return body()
    }

    // MARK: Any thread

    /// Whether the last write succeeded.
    var isWritable: Bool { withLock { writable } }

    /// Whether the writer has been told to stop.
    var isStopping: Bool { withLock { stopping } }

    /// Durations of the last transactions; nil before the first.
    var commitTimes: LedgerState.Commits? { withLock { times }.report }

    /// Adds an entry at the end.
    ///
    /// - Returns: Its position; nil after the writer has stopped: the entry is not taken.
    func append(_ entry: WriterEntry) -> WriteSequence? {
        withLock {
            guard !hasStopped else { return nil }
            entries.append(entry)
            appended += 1
            if isWriterAsleep {
                // One signal is enough: the writer takes everything that is enqueued until it runs.
                isWriterAsleep = false
                condition.signal()
            }
            return WriteSequence(appended)
        }
    }

    /// Waits until the entry at a position, and all before it, are written or have failed. A position beyond the last entry
    /// stands for the last entry.
    func settled(upTo sequence: WriteSequence) async {
        await withCheckedContinuation { continuation in
            let isSettled = withLock { () -> Bool in
                let wanted = min(sequence.rawValue, appended)
                if hasStopped || finished >= wanted { return true }
                waiters.append((wanted, continuation))
                return false
            }
            if isSettled { continuation.resume() }
        }
    }

    /// Tells the writer to stop, and waits until it has.
    func stop() async {
        await withCheckedContinuation { continuation in
            let isOver = withLock { () -> Bool in
                stopping = true
                if !hasStopped { onStopped.append(continuation) }
                condition.signal()
                return hasStopped
            }
            if isOver { continuation.resume() }
        }
    }

    // MARK: The writer's thread

    /// Waits for entries and takes them; returns none when the writer is to stop, when it has entries of its own to
    /// try again, or when a failing disk is to be probed.
    ///
    /// - Parameters:
    ///   - hasRetained: Whether the writer has entries of its own.
    ///   - probeInterval: Time after which a failing disk is probed, in seconds.
    func next(hasRetained: Bool, probeInterval: Double) -> [WriterEntry] {
        withLock {
            while entries.isEmpty, !hasRetained, !stopping {
                isWriterAsleep = true
                let isSignalled =
                    writable ? waitForever() : condition.wait(until: Date(timeIntervalSinceNow: probeInterval))
                isWriterAsleep = false
                if !isSignalled { break }
            }
            guard entries.count > Self.largestBatch else {
                let batch = entries
                taken += Int64(batch.count)
                entries.removeAll(keepingCapacity: true)
                return batch
            }
            let batch = Array(entries.prefix(Self.largestBatch))
            taken += Int64(batch.count)
            entries.removeFirst(Self.largestBatch)
            return batch
        }
    }

    /// Notes that all entries that were taken are written, have failed, or are kept for a failing disk, and that their
    /// completions were called.
    func finishBatch() {
        let settled = withLock { () -> [CheckedContinuation<Void, Never>] in
            finished = taken
            guard !waiters.isEmpty else { return [] }
            let done = waiters.filter { $0.sequence <= finished }
            waiters.removeAll { $0.sequence <= finished }
            return done.map(\.continuation)
        }
        for continuation in settled { continuation.resume() }
    }

    private func waitForever() -> Bool {
        condition.wait()
        return true
    }

    /// Sets whether the disk can be written.
    ///
    /// - Parameter duration: Duration of the transaction that showed it, in nanoseconds.
    /// - Returns: Whether this changed.
    func setWritable(_ isWritable: Bool, after duration: Int64? = nil) -> Bool {
        withLock {
            if let duration { times.add(duration) }
            defer { writable = isWritable }
            return writable != isWritable
        }
    }

    /// Refuses all further entries.
    ///
    /// - Returns: Entries that were not taken, and callers of ``stop()`` and ``settled(upTo:)`` to resume.
    func close() -> (lost: [WriterEntry], waiting: [CheckedContinuation<Void, Never>]) {
        withLock {
            hasStopped = true
            defer {
                entries = []
                waiters = []
            }
            return (entries, onStopped + waiters.map(\.continuation))
        }
    }
}
