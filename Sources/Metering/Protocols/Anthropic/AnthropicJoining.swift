/// Joining a stream to the plain answer.
enum AnthropicJoining {
    /// Members of a block that its deltas continue.
    private static let continued = ["text", "thinking", "signature"]

    /// See ``ProtocolRules/join(_:to:_:)``.
    static func join(_ event: JSONNode, to answer: JSONNode) {
        if let message = event["message"] { answer.set("message", message) }
        guard let message = answer["message"] else { return }
        let blocks = message.list("content")
        let index = Int(event["index"]?.integer ?? -1)
        switch event["type"]?.text {
        case "content_block_start": if let block = event["content_block"] { blocks.append(block) }
        case "content_block_delta":
            if let delta = event["delta"], blocks.elements.indices.contains(index) {
                add(delta, to: blocks.elements[index])
            }
        case "content_block_stop":
            if blocks.elements.indices.contains(index) { readInput(of: blocks.elements[index]) }
        case "message_delta":
            if let delta = event["delta"] {
                for (name, value) in zip(delta.names, delta.elements) { message.set(name, value) }
            }
            if let usage = event["usage"] { joinUsage(usage, to: message) }
        default: break
        }
    }

    private static func add(_ delta: JSONNode, to block: JSONNode) {
        for name in continued {
            guard let text = delta[name] else { continue }
            if let own = block[name], own.kind == .text { own.append(textOf: text) } else { block.set(name, text) }
        }
        if let citation = delta["citation"] { block.list("citations").append(citation) }
        guard let part = delta["partial_json"] else { return }
        if let own = block["partial_json"] { own.append(textOf: part) } else { block.set("partial_json", part) }
    }

    /// The input of a tool comes as parts of the text of its JSON.
    private static func readInput(of block: JSONNode) {
        guard let text = block["partial_json"]?.text else { return }
        block.remove("partial_json")
        if let input = try? JSONNode(parsing: Array(text.utf8).span) { block.set("input", input) }
    }

    /// A zero completes the usage of the beginning; it erases nothing.
    private static func joinUsage(_ usage: JSONNode, to message: JSONNode) {
        guard let own = message["usage"], own.kind == .object else { return message.set("usage", usage) }
        for (name, value) in zip(usage.names, usage.elements) {
            let isEmpty = value.isNull || value.integer == 0
            if !isEmpty || own[name] == nil { own.set(name, value) }
        }
    }

    /// See ``ProtocolRules/joinedAnswer(_:_:)``.
    static func joinedAnswer(_ answer: JSONNode) -> JSONNode? {
        guard let message = answer["message"] else { return nil }
        // A block whose end did not come.
        for block in message["content"]?.elements ?? [] { readInput(of: block) }
        return message
    }
}
