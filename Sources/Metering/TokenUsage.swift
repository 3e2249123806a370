/// What a request used, in tokens. The counts never overlap: each token is in exactly one of them.
public struct TokenUsage: Hashable, Sendable {
    /// Input read afresh: neither from nor into a cache.
    public var input: Int64
    /// Everything the model wrote, reasoning included.
    public var output: Int64
    /// Input that was read from a cache.
    public var cacheRead: Int64
    /// Input that was written into a cache for five minutes (or for no stated time).
    public var cacheWrite5m: Int64
    /// Input that was written into a cache for one hour.
    public var cacheWrite1h: Int64
    /// Images that were made.
    public var images: Int64

    /// Creates a usage from its counts.
    public init(
        input: Int64 = 0, output: Int64 = 0, cacheRead: Int64 = 0, cacheWrite5m: Int64 = 0, cacheWrite1h: Int64 = 0,
        images: Int64 = 0
    ) {
        self.input = input
        self.output = output
        self.cacheRead = cacheRead
        self.cacheWrite5m = cacheWrite5m
        self.cacheWrite1h = cacheWrite1h
        self.images = images
    }

    /// Nothing used.
    public static let zero = TokenUsage()

    /// Both kinds of cache writes together, as the logs show them.
    public var cacheWrite: Int64 { cacheWrite5m + cacheWrite1h }

    /// All tokens that the model read: fresh, cached and written into a cache.
    public var allInput: Int64 { input + cacheRead + cacheWrite }
}
