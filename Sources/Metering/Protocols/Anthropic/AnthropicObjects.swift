/// Objects that an answer gives to its client.
enum AnthropicObjects {
    /// See ``ProtocolRules/givenObjects(_:storesAnswer:)``.
    static func given(_ bytes: Span<UInt8>) -> [String] {
        var ids: [String] = []
        func add(_ value: Int) {
            if let id = JSONScanner.string(bytes, at: value) { ids.append(id) }
        }
        // Only these places: others hold what the client or the model says.
        func addMessage(_ message: Int) {
            JSONScanner.visitMembers(bytes, message) { key, value in
                if JSONScanner.string(bytes, at: key, equals: "container") {
                    JSONScanner.visitMembers(bytes, value) { key, value in
                        if JSONScanner.string(bytes, at: key, equals: "id") { add(value) }
                    }
                } else if JSONScanner.string(bytes, at: key, equals: "content") {
                    JSONScanner.visitElements(bytes, value) { addFiles(bytes, $0, add) }
                }
            }
        }
        addMessage(0)
        JSONScanner.visitMembers(bytes, 0) { key, value in
            if JSONScanner.string(bytes, at: key, equals: "message")
                || JSONScanner.string(bytes, at: key, equals: "delta")
            {
                addMessage(value)
            } else if JSONScanner.string(bytes, at: key, equals: "content_block") {
                addFiles(bytes, value, add)
            }
        }
        return ids
    }

    /// Adds the files that a block names, if it is the result of code that the upstream ran.
    private static func addFiles(_ bytes: Span<UInt8>, _ block: Int, _ add: (Int) -> Void) {
        let results = ["code_execution_tool_result", "bash_code_execution_tool_result"]
        var isResult = false
        var content: Int?
        JSONScanner.visitMembers(bytes, block) { key, value in
            if JSONScanner.string(bytes, at: key, equals: "type") {
                isResult = JSONScanner.string(bytes, at: value).map(results.contains) ?? false
            } else if JSONScanner.string(bytes, at: key, equals: "content") {
                content = value
            }
        }
        guard isResult, let content else { return }
        JSONScanner.visitMembers(bytes, content) { key, value in
            guard JSONScanner.string(bytes, at: key, equals: "content") else { return }
            JSONScanner.visitElements(bytes, value) { output in
                JSONScanner.visitMembers(bytes, output) { key, value in
                    if JSONScanner.string(bytes, at: key, equals: "file_id") { add(value) }
                }
            }
        }
    }
}
