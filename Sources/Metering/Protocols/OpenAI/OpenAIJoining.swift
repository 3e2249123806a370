/// Joining a stream to the plain answer.
enum OpenAIJoining {
    /// Texts that chunks repeat.
    private static let constant: Set<String> = ["type", "role", "id", "name", "finish_reason"]

    /// See ``ProtocolRules/join(_:to:_:)``.
    static func join(_ event: JSONNode, to answer: JSONNode, _ operation: Operation) {
        if operation.generatesImages { return joinImage(event, to: answer) }
        // The last event of a response holds all of it.
        if let response = event["response"] { return answer.set("response", response) }
        for (name, value) in zip(event.names, event.elements) {
            switch name {
            case "choices": for choice in value.elements { join(choice: choice, to: answer.list("choices")) }
            case "usage": if value.kind == .object, answer[name] == nil || value.hasCount { answer.set(name, value) }
            case "object": break
            default: if answer[name] == nil { answer.set(name, value) }
            }
        }
    }

    private static func join(choice: JSONNode, to choices: JSONNode) {
        let joined = choices.element(index: choice["index"]?.integer ?? 0)
        if let delta = choice["delta"] {
            choice.remove("delta")
            choice.set("message", delta)
        }
        joined.merge(choice, constant: constant)
    }

    /// Pictures come one by one, each in an event of its own.
    private static func joinImage(_ event: JSONNode, to answer: JSONNode) {
        guard let picture = event["b64_json"], event["type"]?.text?.hasSuffix(".completed") ?? false else { return }
        let entry = JSONNode(.object)
        entry.set("b64_json", picture)
        answer.list("data").append(entry)
        for (name, member) in [("created", "created_at"), ("usage", "usage")] {
            if let value = event[member] { answer.set(name, value) }
        }
    }

    /// See ``ProtocolRules/joinedAnswer(_:_:)``.
    static func joinedAnswer(_ answer: JSONNode, _ operation: Operation) -> JSONNode? {
        if let response = answer["response"] { return response }
        if operation.generatesImages { return answer["data"] == nil ? nil : answer }
        guard let choices = answer["choices"] else { return nil }
        let isChat = operation == .chatCompletions
        answer.set("object", JSONNode(text: isChat ? "chat.completion" : "text_completion"))
        for choice in choices.elements {
            guard isChat, let message = choice["message"] else { continue }
            if message["role"] == nil { message.set("role", JSONNode(text: "assistant")) }
            if message["content"] == nil { message.set("content", .null) }
            for call in message["tool_calls"]?.elements ?? [] { call.remove("index") }
        }
        return answer
    }
}

extension JSONNode {
    /// Whether an object has a number that is not zero, at any depth.
    fileprivate var hasCount: Bool {
        elements.contains { ($0.integer ?? 0) != 0 || $0.hasCount }
    }
}
