/// The usage of a request, in tokens. The counts never overlap: each token is in exactly one of them.
public struct TokenUsage: Hashable, Sendable {
    /// Input that was neither read from nor written into a cache.
    public var input: Int64
    /// Output, reasoning included.
    public var output: Int64
    /// Input that was read from a cache.
    public var cacheRead: Int64
    /// Input that was written into a cache for five minutes (or for no stated time).
    public var cacheWrite5m: Int64
    /// Input that was written into a cache for one hour.
    public var cacheWrite1h: Int64
    /// Images that were generated.
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

    /// The sum of both kinds of cache writes.
    public var cacheWrite: Int64 { cacheWrite5m + cacheWrite1h }

    /// The sum of all input: uncached, read from a cache and written into a cache.
    public var allInput: Int64 { input + cacheRead + cacheWrite }
}
