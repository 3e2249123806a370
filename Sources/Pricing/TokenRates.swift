/// What the tokens of a model cost, by what happens to them.
public struct TokenRates: Hashable, Sendable {
    /// Input read afresh.
    public var input: Rate
    /// Output, reasoning included.
    public var output: Rate
    /// Input read from a cache.
    public var cacheRead: Rate
    /// Input written into a cache for five minutes, or for no stated time.
    public var cacheWrite5m: Rate
    /// Input written into a cache for an hour.
    public var cacheWrite1h: Rate

    /// Creates rates; what is not named costs what reading afresh does, and an hour in a cache what five minutes do.
    public init(
        input: Rate, output: Rate, cacheRead: Rate? = nil, cacheWrite5m: Rate? = nil, cacheWrite1h: Rate? = nil
    ) {
        self.input = input
        self.output = output
        self.cacheRead = cacheRead ?? input
        self.cacheWrite5m = cacheWrite5m ?? input
        self.cacheWrite1h = cacheWrite1h ?? cacheWrite5m ?? input
    }

    /// The dearest that input can be.
    func dearestInput(mayWriteCache: Bool) -> Rate {
        let read = max(input, cacheRead)
        return mayWriteCache ? max(read, cacheWrite5m, cacheWrite1h) : read
    }
}

/// Rates that hold for a whole request, once its input is long enough.
public struct PriceTier: Hashable, Sendable {
    /// They hold for more input tokens than this, cached ones included.
    public var above: Int64
    /// The rates.
    public var rates: TokenRates

    /// Creates a tier.
    public init(above: Int64, rates: TokenRates) {
        self.above = above
        self.rates = rates
    }
}
