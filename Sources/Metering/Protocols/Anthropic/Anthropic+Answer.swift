/// Metering answers.
extension Anthropic {
    static func isText(_ bytes: Span<UInt8>, key: Int, _ text: Operation.StreamText) -> Bool {
        func isKey(_ name: StaticString) -> Bool { JSONScanner.string(bytes, at: key, equals: name) }
        return isKey("text") || isKey("thinking") || isKey("partial_json") || isKey("content")
            // Thinking that is not shown comes encrypted.
            || isKey("data")
    }

    static func isStopReason(_ bytes: Span<UInt8>, key: Int) -> Bool {
        JSONScanner.string(bytes, at: key, equals: "stop_reason")
    }

    static func isItem(_ bytes: Span<UInt8>, key: Int) -> Bool {
        JSONScanner.string(bytes, at: key, equals: "content_block")
    }

    static func hostedCall(_ bytes: Span<UInt8>, item: Int, depth: Int) throws(JSONFault) -> HostedCalls.Call? {
        var (isHosted, isSearch) = (false, false)
        _ = try JSONScanner.walkObject(bytes, item, depth: depth) { (key, value) throws(JSONFault) in
            if JSONScanner.string(bytes, at: key, equals: "type") {
                isHosted = JSONScanner.string(bytes, at: value, equals: "server_tool_use")
            } else if JSONScanner.string(bytes, at: key, equals: "name") {
                isSearch = JSONScanner.string(bytes, at: value, equals: "web_search")
            }
            return try JSONScanner.skipValue(bytes, value, depth: depth + 1)
        }
        return isHosted && isSearch ? .webSearch : nil
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
        if isType("ping") { return .preamble }
        return isType("error") ? .error : .none
    }

    static func isEndOfStream(_ bytes: Span<UInt8>, _ data: Range<Int>) -> Bool { false }
}
