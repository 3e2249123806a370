/// The rates of a model's tokens, by category.
public struct TokenRates: Hashable, Sendable {
    /// Uncached input.
    public var input: Rate
    /// Output, including reasoning.
    public var output: Rate
    /// Input read from a prompt cache.
    public var cacheRead: Rate
    /// Input written to a prompt cache for five minutes, or for an unspecified time.
    public var cacheWrite5m: Rate
    /// Input written to a prompt cache for one hour.
    public var cacheWrite1h: Rate

    /// Creates rates. The default of `cacheRead` and `cacheWrite5m` is `input`, that of `cacheWrite1h` is `cacheWrite5m`.
    public init(
        input: Rate, output: Rate, cacheRead: Rate? = nil, cacheWrite5m: Rate? = nil, cacheWrite1h: Rate? = nil
    ) {
        self.input = input
        self.output = output
        self.cacheRead = cacheRead ?? input
        self.cacheWrite5m = cacheWrite5m ?? input
        self.cacheWrite1h = cacheWrite1h ?? cacheWrite5m ?? input
    }

    /// Returns the highest rate that input can be billed at.
    func highestInputRate(mayWriteCache: Bool) -> Rate {
        let read = max(input, cacheRead)
        return mayWriteCache ? max(read, cacheWrite5m, cacheWrite1h) : read
    }
}

/// Rates that apply to a whole request if its input exceeds a threshold.
public struct PriceTier: Hashable, Sendable {
    /// The threshold in input tokens, including cached ones; the tier applies above it.
    public var above: Int64
    /// The rates of the tier.
    public var rates: TokenRates

    /// Creates a tier.
    public init(above: Int64, rates: TokenRates) {
        self.above = above
        self.rates = rates
    }
}
