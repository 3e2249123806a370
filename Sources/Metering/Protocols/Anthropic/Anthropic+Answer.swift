/// Metering answers.
extension Anthropic {
    /// Places of the counts in a ``UsageReport``.
    private enum Count: Int {
        case inputTokens, outputTokens, cacheRead, cacheCreation, cacheCreation5m, cacheCreation1h
    }

    static func isUsage(_ bytes: Span<UInt8>, key: Int) -> Bool { JSONScanner.string(bytes, at: key, equals: "usage") }

    static func usageCount(_ bytes: Span<UInt8>, key: Int) -> Int? {
        func isKey(_ name: StaticString) -> Bool { JSONScanner.string(bytes, at: key, equals: name) }
        let count: Count? =
            if isKey("input_tokens") {
                .inputTokens
            } else if isKey("output_tokens") {
                .outputTokens
            } else if isKey("cache_read_input_tokens") {
                .cacheRead
            } else if isKey("cache_creation_input_tokens") {
                .cacheCreation
            } else if isKey("ephemeral_5m_input_tokens") {
                .cacheCreation5m
            } else if isKey("ephemeral_1h_input_tokens") {
                .cacheCreation1h
            } else {
                nil
            }
        return count?.rawValue
    }

    static func usage(_ report: UsageReport, _ operation: Operation, limit: Int64) -> MeteredUsage? {
        func count(_ count: Count) -> Int64? { report[count.rawValue] }
        guard count(.inputTokens) != nil || count(.outputTokens) != nil else { return nil }
        var bounded = CountLimit(limit)
        var usage = Usage()
        usage.input = bounded.apply(count(.inputTokens))
        usage.output = bounded.apply(count(.outputTokens))
        usage.cacheRead = bounded.apply(count(.cacheRead))
        usage.cacheWrite1h = bounded.apply(count(.cacheCreation1h))
        usage.cacheWrite5m = max(
            bounded.apply(count(.cacheCreation5m)), bounded.apply(count(.cacheCreation)) - usage.cacheWrite1h)
        return MeteredUsage(
            usage, flags: bounded.wasExceeded ? .clamped : [], upstreamCostNanoUSD: report.upstreamCost)
    }

    static func isText(_ bytes: Span<UInt8>, key: Int, _ text: Operation.StreamText) -> Bool {
        func isKey(_ name: StaticString) -> Bool { JSONScanner.string(bytes, at: key, equals: name) }
        return isKey("text") || isKey("thinking") || isKey("partial_json") || isKey("content")
    }

    static func isImageList(_ bytes: Span<UInt8>, key: Int) -> Bool { false }

    static func readMember(_ bytes: Span<UInt8>, key: Int, value: Int, into event: inout EventFacts) {
        func isKey(_ name: StaticString) -> Bool { JSONScanner.string(bytes, at: key, equals: name) }
        if isKey("type"), JSONScanner.isString(bytes, at: value) {
            event.marker = marker(bytes, type: value)
        } else if isKey("index") {
            event.block = JSONScanner.integer(bytes, at: value)
        } else if isKey("error"), !JSONScanner.isNull(bytes, at: value) {
            event.isError = true
        }
    }

    private static func marker(_ bytes: Span<UInt8>, type: Int) -> EventFacts.Marker {
        func isType(_ name: StaticString) -> Bool { JSONScanner.string(bytes, at: type, equals: name) }
        if isType("content_block_start") { return .blockStart }
        if isType("content_block_stop") { return .blockStop }
        if isType("message_stop") { return .end }
        return isType("error") ? .error : .none
    }

    static func isEndOfStream(_ bytes: Span<UInt8>, _ data: Range<Int>) -> Bool { false }
}
