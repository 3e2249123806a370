/// The numbers of `usage` objects as upstreams write them, gathered over one answer.
///
/// Upstreams report cumulative values: a field that comes again replaces the earlier one, and fields that do not come
/// again stay (an Anthropic stream gives the split of cache writes in its first event only).
struct UsageReport: Hashable, Sendable {
    private var promptTokens: Int64?
    private var completionTokens: Int64?
    private var totalTokens: Int64?
    private var inputTokens: Int64?
    private var outputTokens: Int64?
    private var cachedTokens: Int64?
    private var cacheWriteTokens: Int64?
    private var cacheCreation: Int64?
    private var cacheCreation5m: Int64?
    private var cacheCreation1h: Int64?
    private var cacheReadInput: Int64?
    private(set) var upstreamCost: Int64?

    /// Whether any count came.
    var isEmpty: Bool { promptTokens == nil && completionTokens == nil && inputTokens == nil && outputTokens == nil }

    /// Reads a `usage` object, or the details inside one, and returns the position behind it.
    ///
    /// - Parameter cuts: Gets what names the upstream's price.
    mutating func read(
        _ bytes: Span<UInt8>, at start: Int, depth: Int, cuts: inout MemberCuts
    ) throws(JSONFault) -> Int {
        var object = ObjectCuts()
        var report = self
        var found = cuts
        let end = try JSONScanner.walkObject(bytes, start, depth: depth) { (key, value) throws(JSONFault) in
            let end: Int
            if PriceNames.isPrice(bytes, key: key) {
                end = try JSONScanner.skipValue(bytes, value, depth: depth + 1)
                if JSONScanner.string(bytes, at: key, equals: "cost") {
                    report.upstreamCost = DecimalUSD.nanos(bytes, at: value) ?? report.upstreamCost
                }
                object.cut(key, end)
            } else if JSONScanner.isObject(bytes, at: value) {
                end = try report.read(bytes, at: value, depth: depth + 1, cuts: &found)
                object.keep(key, end, into: &found)
            } else {
                end = try JSONScanner.skipValue(bytes, value, depth: depth + 1)
                if let count = JSONScanner.integer(bytes, at: value) { report.set(bytes, key, count) }
                object.keep(key, end, into: &found)
            }
            return end
        }
        self = report
        object.finish(into: &found)
        cuts = found
        return end
    }

    private mutating func set(_ bytes: Span<UInt8>, _ key: Int, _ count: Int64) {
        func isKey(_ name: StaticString) -> Bool { JSONScanner.string(bytes, at: key, equals: name) }
        if isKey("prompt_tokens") {
            promptTokens = count
        } else if isKey("completion_tokens") {
            completionTokens = count
        } else if isKey("total_tokens") {
            totalTokens = count
        } else if isKey("input_tokens") {
            inputTokens = count
        } else if isKey("output_tokens") {
            outputTokens = count
        } else if isKey("cached_tokens") {
            cachedTokens = count
        } else if isKey("cache_write_tokens") {
            cacheWriteTokens = count
        } else if isKey("cache_creation_input_tokens") {
            cacheCreation = count
        } else if isKey("ephemeral_5m_input_tokens") {
            cacheCreation5m = count
        } else if isKey("ephemeral_1h_input_tokens") {
            cacheCreation1h = count
        } else if isKey("cache_read_input_tokens") {
            cacheReadInput = count
        }
    }

    /// Returns the disjoint counts, each brought into 0...limit.
    func usage(operation: Operation, limit: Int64) -> MeteredUsage? {
        guard !isEmpty else { return nil }
        var wasClamped = false
        func bounded(_ count: Int64?) -> Int64 {
            guard let count else { return 0 }
            let inside = min(max(count, 0), limit)
            if inside != count { wasClamped = true }
            return inside
        }
        var usage = TokenUsage()
        if operation.upstreamProtocol == .anthropic {
            usage.input = bounded(inputTokens)
            usage.output = bounded(outputTokens)
            usage.cacheRead = bounded(cacheReadInput)
            usage.cacheWrite1h = bounded(cacheCreation1h)
            usage.cacheWrite5m = max(bounded(cacheCreation5m), bounded(cacheCreation) - usage.cacheWrite1h)
        } else {
            let prompt = bounded(promptTokens ?? inputTokens)
            let completion = bounded(completionTokens ?? outputTokens)
            usage.cacheRead = min(bounded(cachedTokens), prompt)
            usage.cacheWrite5m = min(bounded(cacheWriteTokens), prompt - usage.cacheRead)
            usage.input = prompt - usage.cacheRead - usage.cacheWrite5m
            // Thinking tokens that only the total counts are output too.
            let unnamed = operation.generatesText ? bounded(totalTokens) - prompt : 0
            usage.output = max(completion, unnamed)
        }
        return MeteredUsage(tokens: usage, upstreamCostNanoUSD: upstreamCost, wasClamped: wasClamped)
    }
}
