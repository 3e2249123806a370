import Ledger

/// Durations of the last transactions, each from its beginning until it was on the disk.
struct CommitTimes {
    private static let kept = 1024

    private var nanoseconds: [Int64] = []
    private var next = 0

    mutating func add(_ duration: Int64) {
        if nanoseconds.count < Self.kept {
            nanoseconds.append(duration)
        } else {
            nanoseconds[next] = duration
        }
        next = (next + 1) % Self.kept
    }

    var report: LedgerState.Commits? { LedgerState.Commits(nanoseconds) }
}
