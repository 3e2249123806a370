import Ledger
import Synchronization

/// Counts the commands of a ledger that were enqueued and that were completed, in the same order.
final class WriteProgress: Sendable {
    private let counts = Mutex((begun: Int64(0), finished: Int64(0)))

    func begin() -> WriteSequence {
        counts.withLock { counts in
            counts.begun += 1
            return WriteSequence(counts.begun)
        }
    }

    func finish(_ sequence: WriteSequence) { counts.withLock { $0.finished = sequence.rawValue } }

    /// Whether a command, and all before it, are completed; a position beyond the last command stands for the last.
    func isFinished(_ sequence: WriteSequence) -> Bool {
        counts.withLock { $0.finished >= min(sequence.rawValue, $0.begun) }
    }
}
