/// The limits by which an exchange decides; times in nanoseconds.
struct ExchangeLimits: Equatable, Sendable {
    /// When failed attempts are repeated.
    var retry: RetryPolicy
    /// For the whole exchange, from its first byte.
    var total: Int64
    /// Maximum time that an answer is read after its client has left.
    var drainTime: Int64
    /// Maximum bytes of an answer that are read after its client has left.
    var drainBytes: Int

    init(retry: RetryPolicy, total: Int64, drainTime: Int64, drainBytes: Int) {
        self.retry = retry
        self.total = total
        self.drainTime = drainTime
        self.drainBytes = drainBytes
    }

    init(_ configuration: ProxyConfiguration) {
        retry = RetryPolicy(
            attempts: configuration.attempts, longestPause: configuration.longestPause.nanoseconds)
        total = configuration.totalTimeout.nanoseconds
        drainTime = configuration.drainTime.nanoseconds
        drainBytes = configuration.drainBytes
    }
}
