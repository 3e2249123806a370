/// How fast and how broadly a key may be used.
public struct KeyLimits: Hashable, Sendable {
    /// Admissions in any 60 seconds.
    public var requestsPerMinute: Int
    /// Requests in flight at once.
    public var concurrentRequests: Int

    /// Creates limits from both numbers.
    public init(requestsPerMinute: Int, concurrentRequests: Int) {
        self.requestsPerMinute = requestsPerMinute
        self.concurrentRequests = concurrentRequests
    }
}
