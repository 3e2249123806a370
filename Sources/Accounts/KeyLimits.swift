/// The rate limit and the concurrency limit of a key.
public struct KeyLimits: Hashable, Sendable {
    /// Maximum requests admitted in any 60 seconds.
    public var requestsPerMinute: Int
    /// Maximum requests in flight.
    public var concurrentRequests: Int

    /// Creates limits.
    public init(requestsPerMinute: Int, concurrentRequests: Int) {
        self.requestsPerMinute = requestsPerMinute
        self.concurrentRequests = concurrentRequests
    }
}
