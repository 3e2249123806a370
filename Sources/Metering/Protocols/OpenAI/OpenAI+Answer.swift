/// Metering answers.
extension OpenAI {
    /// Places of the counts in a ``UsageReport``. Chat and the Responses API have different names for the same counts.
    private enum Count: Int {
        case promptTokens, completionTokens, totalTokens, inputTokens, outputTokens, cachedTokens, cacheWriteTokens
    }

    static func isUsage(_ bytes: Span<UInt8>, key: Int) -> Bool { JSONScanner.string(bytes, at: key, equals: "usage") }

    static func usageCount(_ bytes: Span<UInt8>, key: Int) -> Int? {
        func isKey(_ name: StaticString) -> Bool { JSONScanner.string(bytes, at: key, equals: name) }
        let count: Count? =
            if isKey("prompt_tokens") {
                .promptTokens
            } else if isKey("completion_tokens") {
                .completionTokens
            } else if isKey("total_tokens") {
                .totalTokens
            } else if isKey("input_tokens") {
                .inputTokens
            } else if isKey("output_tokens") {
                .outputTokens
            } else if isKey("cached_tokens") {
                .cachedTokens
            } else if isKey("cache_write_tokens") {
                .cacheWriteTokens
            } else {
                nil
            }
        return count?.rawValue
    }

    static func usage(_ report: UsageReport, _ operation: Operation, limit: Int64) -> MeteredUsage? {
        func count(_ count: Count) -> Int64? { report[count.rawValue] }
        let promptTokens = count(.promptTokens) ?? count(.inputTokens)
        let completionTokens = count(.completionTokens) ?? count(.outputTokens)
        guard promptTokens != nil || completionTokens != nil else { return nil }
        var bounded = CountLimit(limit)
        let prompt = bounded.apply(promptTokens)
        let completion = bounded.apply(completionTokens)
        var usage = Usage()
        usage.cacheRead = min(bounded.apply(count(.cachedTokens)), prompt)
        usage.cacheWrite5m = min(bounded.apply(count(.cacheWriteTokens)), prompt - usage.cacheRead)
        usage.input = prompt - usage.cacheRead - usage.cacheWrite5m
        // Thinking tokens that only the total counts are output too.
        let unnamed = operation.generatesText ? bounded.apply(count(.totalTokens)) - prompt : 0
        usage.output = max(completion, unnamed)
        return MeteredUsage(
            usage, flags: bounded.wasExceeded ? .clamped : [], upstreamCostNanoUSD: report.upstreamCost)
    }

    static func isText(_ bytes: Span<UInt8>, key: Int, _ text: Operation.StreamText) -> Bool {
        func isKey(_ name: StaticString) -> Bool { JSONScanner.string(bytes, at: key, equals: name) }
        switch text {
        case .deltas: return isKey("delta")
        case .content:
            return isKey("content") || isKey("text") || isKey("arguments") || isKey("reasoning_content")
                || isKey("reasoning") || isKey("refusal") || isKey("thinking")
        }
    }

    static func isImageList(_ bytes: Span<UInt8>, key: Int) -> Bool {
        JSONScanner.string(bytes, at: key, equals: "data")
    }

    static func readMember(_ bytes: Span<UInt8>, key: Int, value: Int, into event: inout EventFacts) {
        func isKey(_ name: StaticString) -> Bool { JSONScanner.string(bytes, at: key, equals: name) }
        if isKey("error") {
            if !JSONScanner.isNull(bytes, at: value) { event.isError = true }
        } else if isKey("choices"), JSONScanner.isArray(bytes, at: value) {
            let first = JSONScanner.skipWhitespace(bytes, value + 1)
            event.carriesNoText = first < bytes.count && bytes[first] == UInt8(ascii: "]")
        } else if isKey("type"), JSONScanner.isString(bytes, at: value) {
            event.marker = marker(bytes, type: value)
        } else if isKey("sequence_number") {
            event.sequence = JSONScanner.integer(bytes, at: value)
        }
    }

    private static func marker(_ bytes: Span<UInt8>, type: Int) -> EventFacts.Marker {
        func isType(_ name: StaticString) -> Bool { JSONScanner.string(bytes, at: type, equals: name) }
        if isType("response.completed") || isType("response.incomplete") || isType("response.failed") { return .end }
        if isType("image_generation.completed") { return .image }
        return isType("error") ? .error : .none
    }

    static func isEndOfStream(_ bytes: Span<UInt8>, _ data: Range<Int>) -> Bool {
        // `[DONE]`
        data.count >= 6 && bytes[data.lowerBound] == UInt8(ascii: "[")
            && bytes[data.lowerBound + 1] == UInt8(ascii: "D")
    }
}
