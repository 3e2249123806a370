import Metering

/// The rates of a model's tokens, by dimension.
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
    /// Input of audio; nil if the rate card has no rate for it.
    public var inputAudio: Rate?
    /// Output of audio; nil if the rate card has no rate for it.
    public var outputAudio: Rate?
    /// Input of images; nil if the rate card has no rate for it.
    public var inputImage: Rate?
    /// Output of images; nil if the rate card has no rate for it.
    public var outputImage: Rate?

    /// Creates rates. The default of `cacheRead` and `cacheWrite5m` is `input`, that of `cacheWrite1h` is `cacheWrite5m`.
    public init(
        input: Rate, output: Rate, cacheRead: Rate? = nil, cacheWrite5m: Rate? = nil, cacheWrite1h: Rate? = nil,
        inputAudio: Rate? = nil, outputAudio: Rate? = nil, inputImage: Rate? = nil, outputImage: Rate? = nil
    ) {
        self.input = input
        self.output = output
        self.cacheRead = cacheRead ?? input
        self.cacheWrite5m = cacheWrite5m ?? input
        self.cacheWrite1h = cacheWrite1h ?? cacheWrite5m ?? input
        self.inputAudio = inputAudio
        self.outputAudio = outputAudio
        self.inputImage = inputImage
        self.outputImage = outputImage
    }

    /// Returns the rate of a dimension; nil if the rate card has none, or if its unit is not the token.
    public subscript(dimension: Dimension) -> Rate? {
        switch dimension {
        case .input: input
        case .output: output
        case .cacheRead: cacheRead
        case .cacheWrite5m: cacheWrite5m
        case .cacheWrite1h: cacheWrite1h
        case .inputAudio: inputAudio
        case .outputAudio: outputAudio
        case .inputImage: inputImage
        case .outputImage: outputImage
        case .pictures, .webSearch, .fileSearch, .codeInterpreter, .audioTime, .characters: nil
        }
    }

    /// The highest rate of input of any kind, by which input is charged that has no rate of its own.
    var highestInput: Rate {
        max(input, cacheRead, max(cacheWrite5m, cacheWrite1h), max(inputAudio ?? .free, inputImage ?? .free))
    }

    /// The highest rate of output of any kind, by which output is charged that has no rate of its own.
    var highestOutput: Rate { max(output, outputAudio ?? .free, outputImage ?? .free) }

    /// Returns the highest rate that input of text can be billed at.
    func highestInputRate(mayWriteCache: Bool) -> Rate {
        let read = max(input, cacheRead)
        return mayWriteCache ? max(read, cacheWrite5m, cacheWrite1h) : read
    }
}

/// Rates for long inputs, above a threshold.
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

/// What the rates of a tier apply to.
public enum TierScope: String, Hashable, Sendable, CaseIterable {
    /// The whole request, if its input exceeds the threshold.
    case request
    /// The part of the input above the threshold, cached input counting first, and all output after it.
    case excess
}

/// The rates of tokens by the length of the input.
public struct RateSchedule: Hashable, Sendable {
    /// Rates of inputs that exceed no threshold.
    public var rates: TokenRates
    /// Rates for long inputs, in ascending order of their thresholds.
    public var tiers: [PriceTier]

    /// Creates a schedule.
    public init(rates: TokenRates, tiers: [PriceTier] = []) {
        self.rates = rates
        self.tiers = tiers.sorted { $0.above < $1.above }
    }

    /// Creates a schedule of tiers that are in order.
    init(sorted rates: TokenRates, _ tiers: [PriceTier]) {
        self.rates = rates
        self.tiers = tiers
    }

    /// Returns the highest tier whose threshold an input exceeds.
    func tier(for input: Int64) -> PriceTier? { tiers.last { input > $0.above } }
}
