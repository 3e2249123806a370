/// How a ledger on a disk is doing.
public struct LedgerState: Hashable, Sendable {
    /// How long the last transactions took; nil before the first.
    public var commits: Commits?
    /// The database, in bytes.
    public var size: Int64
    /// Its write-ahead log, in bytes.
    public var logSize: Int64
    /// What is free on its disk, in bytes.
    public var free: Int64

    /// Creates a report.
    public init(commits: Commits?, size: Int64, logSize: Int64, free: Int64) {
        self.commits = commits
        self.size = size
        self.logSize = logSize
        self.free = free
    }

    /// How long transactions took, from their beginning until they were on the disk.
    public struct Commits: Hashable, Sendable {
        /// How many there are to judge by.
        public let count: Int
        /// Half of them were faster, in nanoseconds.
        public let median: Int64
        /// All but one in a hundred were faster, in nanoseconds.
        public let slowest: Int64

        /// Judges some transactions by how long each took, in nanoseconds; nil if there are none.
        public init?(_ durations: [Int64]) {
            guard !durations.isEmpty else { return nil }
            let sorted = durations.sorted()
            count = sorted.count
            median = sorted[sorted.count / 2]
            slowest = sorted[sorted.count * 99 / 100]
        }
    }
}
