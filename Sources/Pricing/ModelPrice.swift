import Metering
import Money

/// What a model costs, and the bounds that follow from it.
public struct ModelPrice: Hashable, Sendable {
    /// The model's name, or the pattern that it was found by.
    public var model: String
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
    /// Charged for each request beside its tokens.
    public var perRequest: NanoUSD
    /// The most that a request's input and output have together, in tokens.
    public var contextTokens: Int64
    /// The most that one answer has, in tokens.
    public var maxOutputTokens: Int64

    /// Returns the cost of a usage: every count at its rate, rounded up once, to the nano-dollar.
    public func cost(of usage: TokenUsage) -> NanoUSD {
        let exact =
            input.exact(usage.input) + output.exact(usage.output) + cacheRead.exact(usage.cacheRead)
            + cacheWrite5m.exact(usage.cacheWrite5m) + cacheWrite1h.exact(usage.cacheWrite1h)
        return Self.rounded(exact, plus: perRequest)
    }

    /// Returns the most that the input of a request can cost: a token is at least one byte, and a model reads no more than
    /// its context.
    ///
    /// - Parameter mayWriteCache: Input may be billed as a cache write.
    public func inputBound(bodyBytes: Int, mayWriteCache: Bool) -> NanoUSD {
        Self.rounded(exactInputBound(bodyBytes: bodyBytes, mayWriteCache: mayWriteCache), plus: perRequest)
    }

    /// Returns the most that a request can cost, in input and output.
    ///
    /// - Parameters:
    ///   - maxOutputTokens: The client's own bound, if it gave one; the model's holds beside it.
    ///   - choices: How many answers are asked for at once.
    public func bound(
        bodyBytes: Int, maxOutputTokens: Int64?, choices: Int64, mayWriteCache: Bool, generatesText: Bool
    ) -> NanoUSD {
        let outputTokens =
            generatesText ? outputBound(maxOutputTokens: maxOutputTokens, choices: choices) : 0
        return Self.rounded(
            exactInputBound(bodyBytes: bodyBytes, mayWriteCache: mayWriteCache) + output.exact(outputTokens),
            plus: perRequest)
    }

    /// Returns the usage of a request whose upstream did not report one: about four bytes make a token, and no
    /// answer is longer than what was asked for or than the model can write.
    public func estimate(
        textBytes: Int64, bodyBytes: Int, maxOutputTokens: Int64?, choices: Int64
    ) -> TokenUsage {
        let written = (textBytes + Self.bytesPerToken - 1) / Self.bytesPerToken
        let read = (Int64(bodyBytes) + Self.bytesPerToken - 1) / Self.bytesPerToken
        return TokenUsage(
            input: min(read, contextTokens),
            output: min(written, outputBound(maxOutputTokens: maxOutputTokens, choices: choices)))
    }

    /// Bytes of English text that make a token, by the providers' own rule of thumb.
    static let bytesPerToken: Int64 = 4

    private func outputBound(maxOutputTokens asked: Int64?, choices: Int64) -> Int64 {
        let each = min(asked ?? maxOutputTokens, maxOutputTokens)
        let (product, overflow) = each.multipliedReportingOverflow(by: max(1, choices))
        return overflow ? .max : product
    }

    private func exactInputBound(bodyBytes: Int, mayWriteCache: Bool) -> Int128 {
        var dearest = max(input, cacheRead)
        if mayWriteCache { dearest = max(dearest, cacheWrite5m, cacheWrite1h) }
        return dearest.exact(min(Int64(bodyBytes), contextTokens))
    }

    private static func rounded(_ exact: Int128, plus fixed: NanoUSD) -> NanoUSD {
        NanoUSD(nanos: Int64(clamping: (exact + 999_999) / 1_000_000 + Int128(fixed.nanos)))
    }
}
