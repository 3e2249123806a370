/// The state of a ledger and its disk.
public struct LedgerState: Hashable, Sendable {
    /// Durations of the last transactions; nil before the first.
    public var commits: Commits?
    /// Size of the database, in bytes.
    public var size: Int64
    /// Size of its write-ahead log, in bytes.
    public var logSize: Int64
    /// Free space of its disk, in bytes.
    public var free: Int64

    /// Creates a report.
    public init(commits: Commits?, size: Int64, logSize: Int64, free: Int64) {
        self.commits = commits
        self.size = size
        self.logSize = logSize
        self.free = free
    }

    /// Durations of transactions, from their beginning until they were on the disk.
    public struct Commits: Hashable, Sendable {
        /// Number of transactions.
        public let count: Int
        /// Median, in nanoseconds.
        public let median: Int64
        /// 99th percentile, in nanoseconds.
        public let slowest: Int64

        /// Summarizes durations in nanoseconds; nil if there are none.
        public init?(_ durations: [Int64]) {
            guard !durations.isEmpty else { return nil }
            let sorted = durations.sorted()
            count = sorted.count
            median = sorted[sorted.count / 2]
            slowest = sorted[sorted.count * 99 / 100]
        }
    }
}
