/// One item of a response.
enum OpenAIItem {
    /// Returns the call of a hosted tool that an item shows, if it does.
    static func hostedCall(_ bytes: Span<UInt8>, item: Int, depth: Int) throws(JSONFault) -> HostedCalls.Call? {
        var call: HostedCalls.Call?
        var action: Int?
        var container: UInt64 = 0
        _ = try JSONScanner.walkObject(bytes, item, depth: depth) { (key, value) throws(JSONFault) in
            func isValue(_ name: StaticString) -> Bool { JSONScanner.string(bytes, at: value, equals: name) }
            let end = try JSONScanner.skipValue(bytes, value, depth: depth + 1)
            if JSONScanner.string(bytes, at: key, equals: "type"), JSONScanner.isString(bytes, at: value) {
                if isValue("web_search_call") { call = .webSearch }
                if isValue("file_search_call") { call = .fileSearch }
                if isValue("code_interpreter_call") { call = .codeInterpreter(session: 0) }
            } else if JSONScanner.string(bytes, at: key, equals: "action"), JSONScanner.isObject(bytes, at: value) {
                action = value
            } else if JSONScanner.string(bytes, at: key, equals: "container_id") {
                for position in value..<end { container = (container &* 31) &+ UInt64(bytes[position]) }
            }
            return end
        }
        switch call {
        case .webSearch: return try isSearch(bytes, action: action, depth: depth + 1) ? .webSearch : nil
        case .codeInterpreter: return .codeInterpreter(session: container)
        case .fileSearch, .webSearches, nil: return call
        }
    }

    /// Whether a call of web search searched, which costs, rather than opened a page; one without an action did.
    private static func isSearch(_ bytes: Span<UInt8>, action: Int?, depth: Int) throws(JSONFault) -> Bool {
        guard let action else { return true }
        var isSearch = true
        _ = try JSONScanner.walkObject(bytes, action, depth: depth) { (key, value) throws(JSONFault) in
            if JSONScanner.string(bytes, at: key, equals: "type") {
                isSearch = JSONScanner.string(bytes, at: value, equals: "search")
            }
            return try JSONScanner.skipValue(bytes, value, depth: depth + 1)
        }
        return isSearch
    }
}
