/// Metering answers.
extension Gemini {
    static func isText(_ bytes: Span<UInt8>, key: Int, _ text: Operation.StreamText) -> Bool {
        func isKey(_ name: StaticString) -> Bool { JSONScanner.string(bytes, at: key, equals: name) }
        // Thoughts are text, too; code and its output are what a hosted interpreter runs.
        return isKey("text") || isKey("code") || isKey("output")
    }

    static func isChoiceList(_ bytes: Span<UInt8>, key: Int) -> Bool {
        JSONScanner.string(bytes, at: key, equals: "candidates")
    }

    /// A prompt that is blocked has no candidates: the reason stands in the feedback.
    static func isStopReason(_ bytes: Span<UInt8>, key: Int) -> Bool {
        JSONScanner.string(bytes, at: key, equals: "finishReason")
            || JSONScanner.string(bytes, at: key, equals: "blockReason")
    }

    static func isItemList(_ bytes: Span<UInt8>, key: Int) -> Bool { isChoiceList(bytes, key: key) }

    /// Returns the searches that a candidate is grounded on.
    static func hostedCall(_ bytes: Span<UInt8>, item: Int, depth: Int) throws(JSONFault) -> HostedCalls.Call? {
        var searches: Int64 = 0
        _ = try JSONScanner.walkObject(bytes, item, depth: depth) { (key, value) throws(JSONFault) in
            guard JSONScanner.string(bytes, at: key, equals: "groundingMetadata"),
                JSONScanner.isObject(bytes, at: value)
            else { return try JSONScanner.skipValue(bytes, value, depth: depth + 1) }
            return try JSONScanner.walkObject(bytes, value, depth: depth + 1) { (key, value) throws(JSONFault) in
                guard JSONScanner.string(bytes, at: key, equals: "webSearchQueries"),
                    JSONScanner.isArray(bytes, at: value)
                else { return try JSONScanner.skipValue(bytes, value, depth: depth + 2) }
                return try JSONScanner.walkArray(bytes, value, depth: depth + 2) { (query) throws(JSONFault) in
                    searches += 1
                    return try JSONScanner.skipValue(bytes, query, depth: depth + 3)
                }
            }
        }
        return searches > 0 ? .webSearches(searches) : nil
    }

    static func isImageList(_ bytes: Span<UInt8>, key: Int) -> Bool { false }

    static func readMember(_ bytes: Span<UInt8>, key: Int, value: Int, into event: inout EventFacts) {
        if JSONScanner.string(bytes, at: key, equals: "error"), !JSONScanner.isNull(bytes, at: value) {
            event.isError = true
        }
    }

    static func isEndOfStream(_ bytes: Span<UInt8>, _ data: Range<Int>) -> Bool { false }
}
