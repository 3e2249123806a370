/// The usage of an answer as Anthropic writes it: where counts stand, and what they mean.
enum AnthropicUsage {
    /// Places of the counts in a ``UsageReport``. Iterations that the counts of the usage itself do not include have counts
    /// of their own, which are sums.
    private enum Count: Int {
        case input, output, cacheRead, cacheWrite, cacheWrite5m, cacheWrite1h
        case iterationInput, iterationOutput, iterationCacheRead, iterationCacheWrite, iterationCacheWrite5m,
            iterationCacheWrite1h
        case iterations
        case webSearches
    }

    /// Counts of the usage itself that an iteration has, too: those before this number.
    private static let iterationOffset = Count.iterationInput.rawValue

    /// See ``ProtocolRules/usageCount(_:key:in:)``.
    static func place(_ bytes: Span<UInt8>, key: Int, in section: Int) -> Int? {
        func isKey(_ name: StaticString) -> Bool { JSONScanner.string(bytes, at: key, equals: name) }
        let count: Count?
        if section == UsageReport.topSection {
            count =
                isKey("input_tokens")
                ? .input
                : isKey("output_tokens")
                    ? .output
                    : isKey("cache_read_input_tokens")
                        ? .cacheRead : isKey("cache_creation_input_tokens") ? .cacheWrite : nil
        } else {
            count =
                isKey("ephemeral_5m_input_tokens")
                ? .cacheWrite5m
                : isKey("ephemeral_1h_input_tokens")
                    ? .cacheWrite1h : isKey("web_search_requests") ? .webSearches : nil
        }
        return count?.rawValue
    }

    /// Sums up the iterations of other types than `message`: those are in the counts of the usage itself.
    static func readList(
        _ bytes: Span<UInt8>, key: Int, at start: Int, depth: Int, into report: inout UsageReport
    ) throws(JSONFault) {
        guard JSONScanner.string(bytes, at: key, equals: "iterations") else { return }
        var sums = InlineArray<6, Int64>(repeating: 0)
        var iterations: Int64 = 0
        _ = try JSONScanner.walkArray(bytes, start, depth: depth) { (element) throws(JSONFault) in
            guard JSONScanner.isObject(bytes, at: element) else {
                return try JSONScanner.skipValue(bytes, element, depth: depth + 1)
            }
            var iteration = UsageReport()
            var cuts: MemberCuts = []
            let end = try iteration.read(Anthropic.self, bytes, key: key, at: element, depth: depth + 1, cuts: &cuts)
            guard try comesOnTop(bytes, iteration: element, depth: depth + 1) else { return end }
            iterations += 1
            for place in sums.indices { sums[place] += max(0, iteration[place] ?? 0) }
            return end
        }
        guard iterations > 0 else { return }
        for place in sums.indices { report.take(sums[place], at: iterationOffset + place) }
        report.take(iterations, at: Count.iterations.rawValue)
    }

    private static func comesOnTop(_ bytes: Span<UInt8>, iteration: Int, depth: Int) throws(JSONFault) -> Bool {
        var comesOnTop = false
        _ = try JSONScanner.walkObject(bytes, iteration, depth: depth) { (key, value) throws(JSONFault) in
            if JSONScanner.string(bytes, at: key, equals: "type"), JSONScanner.isString(bytes, at: value) {
                comesOnTop = !JSONScanner.string(bytes, at: value, equals: "message")
            }
            return try JSONScanner.skipValue(bytes, value, depth: depth + 1)
        }
        return comesOnTop
    }

    /// Counts are cumulative, so neither part of the split of cache writes can shrink, and both are at most their sum. A
    /// split that says otherwise is an error of something in between: the earlier one stands.
    static func complete(_ report: inout UsageReport, after earlier: UsageReport) {
        let (short, long) = (Count.cacheWrite5m.rawValue, Count.cacheWrite1h.rawValue)
        let before = (short: earlier[short] ?? 0, long: earlier[long] ?? 0)
        guard before.short > 0 || before.long > 0 else { return }
        let now = (short: report[short] ?? 0, long: report[long] ?? 0)
        let sum = report[Count.cacheWrite.rawValue] ?? 0
        guard now.short < before.short || now.long < before.long || sum > 0 && now.short + now.long > sum else {
            return
        }
        report.splitContradicts = true
        report.replace(short, with: before.short)
        report.replace(long, with: before.long)
    }

    /// See ``ProtocolRules/readTerm(_:key:value:into:)``.
    static func readTerm(_ bytes: Span<UInt8>, key: Int, value: Int, into terms: inout ReportedTerms) {
        func isKey(_ name: StaticString) -> Bool { JSONScanner.string(bytes, at: key, equals: name) }
        func isValue(_ name: StaticString) -> Bool { JSONScanner.string(bytes, at: value, equals: name) }
        guard JSONScanner.isString(bytes, at: value) else { return }
        if isKey("service_tier") {
            if isValue("standard") {
                terms.tier = .standard
            } else if isValue("priority") {
                terms.tier = .priority
            } else if isValue("batch") {
                terms.tier = .batch
            } else if !isValue("auto"), !isValue("standard_only"), !isValue("") {
                terms.tier = .unknown
            }
        } else if isKey("inference_geo") {
            // Every region that is named costs more than none.
            terms.isResident = !isValue("global") && !isValue("not_available") && !isValue("")
        } else if isKey("speed") {
            terms.isFast = isValue("fast")
        }
    }

    /// See ``ProtocolRules/usage(_:_:_:)``.
    static func metered(_ report: UsageReport, _ rules: CountingRules) -> MeteredUsage? {
        func count(_ count: Count) -> Int64? { report[count.rawValue] }
        guard count(.input) != nil || count(.output) != nil else { return nil }
        var limit = CountLimit(rules.contextLimit)
        let iterations = limit.apply(count(.iterations), maximum: CountLimit.calls)
        let onTop = rules.contextLimit.multipliedReportingOverflow(by: max(1, iterations))
        let maximum = onTop.overflow ? Int64.max : onTop.partialValue
        func sum(_ own: Count, _ iteration: Count) -> Int64 {
            limit.apply(count(own)) + limit.apply(count(iteration), maximum: maximum)
        }
        var usage = Usage()
        usage.input = sum(.input, .iterationInput)
        usage.output = sum(.output, .iterationOutput)
        usage.cacheRead = sum(.cacheRead, .iterationCacheRead)
        let own = CacheWrites(
            sum: limit.apply(count(.cacheWrite)), short: limit.apply(count(.cacheWrite5m)),
            long: limit.apply(count(.cacheWrite1h)))
        let others = CacheWrites(
            sum: limit.apply(count(.iterationCacheWrite), maximum: maximum),
            short: limit.apply(count(.iterationCacheWrite5m), maximum: maximum),
            long: limit.apply(count(.iterationCacheWrite1h), maximum: maximum))
        usage.cacheWrite5m = own.short + others.short
        usage.cacheWrite1h = own.long + others.long
        usage[.webSearch] = limit.apply(
            count(.webSearches) ?? report.calls.webSearches, maximum: CountLimit.calls)
        var flags: UsageFlags = []
        if limit.wasExceeded || report.hadNegative { flags.insert(.clamped) }
        if own.contradict || others.contradict || report.splitContradicts { flags.insert(.cacheSplitContradicts) }
        return MeteredUsage(
            usage, terms: report.terms.served(asked: rules.askedTerms), flags: flags,
            upstreamCostNanoUSD: report.cost.nanoUSD)
    }
}

/// Cache writes by their lifetime. What no lifetime is named for was written for five minutes.
private struct CacheWrites {
    let short: Int64
    let long: Int64
    /// Whether the parts are more than their sum.
    let contradict: Bool

    init(sum: Int64, short: Int64, long: Int64) {
        contradict = short + long > sum && short + long > 0 && sum > 0
        // A sum of zero beside positive parts was not counted.
        let all = sum > 0 ? sum : short + long
        self.long = min(long, all)
        self.short = all - self.long
    }
}
