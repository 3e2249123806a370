/// Objects that an answer gives to its client.
enum OpenAIObjects {
    /// See ``ProtocolRules/givenObjects(_:storesAnswer:)``.
    static func given(_ bytes: Span<UInt8>, storesAnswer: Bool) -> [String] {
        var ids: [String] = []
        var response = 0
        // An event carries the response as a member.
        JSONScanner.visitMembers(bytes, 0) { key, value in
            if JSONScanner.string(bytes, at: key, equals: "response") { response = value }
        }
        func add(_ value: Int) {
            if let id = JSONScanner.string(bytes, at: value) { ids.append(id) }
        }
        // Only these places: others repeat what the request says, which must not become an identifier that was given.
        JSONScanner.visitMembers(bytes, response) { key, value in
            func isKey(_ name: StaticString) -> Bool { JSONScanner.string(bytes, at: key, equals: name) }
            if isKey("id"), storesAnswer {
                add(value)
            } else if isKey("conversation") {
                JSONScanner.visitMembers(bytes, value) { key, value in
                    if JSONScanner.string(bytes, at: key, equals: "id") { add(value) }
                }
            } else if isKey("output") {
                JSONScanner.visitElements(bytes, value) { addItem(bytes, $0, storesAnswer: storesAnswer, add) }
            }
        }
        return ids
    }

    private static func addItem(_ bytes: Span<UInt8>, _ item: Int, storesAnswer: Bool, _ add: (Int) -> Void) {
        JSONScanner.visitMembers(bytes, item) { key, value in
            func isKey(_ name: StaticString) -> Bool { JSONScanner.string(bytes, at: key, equals: name) }
            if isKey("container_id") || (isKey("id") && storesAnswer) {
                add(value)
            } else if isKey("content") {
                JSONScanner.visitElements(bytes, value) { addCitations(bytes, $0, add) }
            }
        }
    }

    /// Adds the files that a text cites: an interpreter wrote them.
    private static func addCitations(_ bytes: Span<UInt8>, _ part: Int, _ add: (Int) -> Void) {
        JSONScanner.visitMembers(bytes, part) { key, value in
            guard JSONScanner.string(bytes, at: key, equals: "annotations") else { return }
            JSONScanner.visitElements(bytes, value) { annotation in
                JSONScanner.visitMembers(bytes, annotation) { key, value in
                    if JSONScanner.string(bytes, at: key, equals: "file_id")
                        || JSONScanner.string(bytes, at: key, equals: "container_id")
                    {
                        add(value)
                    }
                }
            }
        }
    }
}
