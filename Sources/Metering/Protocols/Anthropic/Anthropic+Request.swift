/// Reading requests.
extension Anthropic {
    private enum Field: Int, RequestField {
        case model, stream, maxTokens, messages, system, tools, thinking, serviceTier, speed, container, metadata

        var name: StaticString {
            switch self {
            case .model: "model"
            case .stream: "stream"
            case .maxTokens: "max_tokens"
            case .messages: "messages"
            case .system: "system"
            case .tools: "tools"
            case .thinking: "thinking"
            case .serviceTier: "service_tier"
            case .speed: "speed"
            case .container: "container"
            case .metadata: "metadata"
            }
        }
    }

    static func readRequest(
        _ body: Span<UInt8>, _ operation: Operation, model: String?
    ) throws(RequestFault) -> RequestFacts {
        let fields = try RequestFields<Field>(body)
        guard let model = try fields.model(.model, path: model, body) else { throw .missing("model") }
        var facts = RequestFacts(
            model: model, textBytes: body.count,
            mayWriteCache: operation.generatesText && body.contains("\"cache_control\""))
        try fields.refuseFasterService(tier: .serviceTier, speed: .speed, body)
        guard operation.mayStream else { return facts }
        let endUser = endUserPlace(body, object: fields.start, metadata: fields.place(of: .metadata))
        facts.endUserPlaces = endUser.map { [$0] } ?? []
        do throws(JSONFault) {
            for field in [Field.messages, .system] {
                if let at = fields.position(of: field, body) { try facts.input.readList(Self.self, body, at: at) }
            }
            if let at = fields.position(of: .tools, body) { try facts.input.readTools(Self.self, body, at: at) }
        } catch {
            throw .malformed(offset: error.offset)
        }
        if let at = fields.position(of: .container, body) {
            facts.input.refer(body, at, "container")
            JSONScanner.visitMembers(body, at) { key, value in
                if JSONScanner.string(body, at: key, equals: "id") { facts.input.refer(body, value, "container") }
            }
        }
        if fields.position(of: .container, body) != nil || fields.position(of: .tools, body) != nil {
            facts.objectsGiven = .byTools
        }
        facts.isStreamed = try fields.isTrue(.stream, body)
        if let at = fields.position(of: .thinking, body), JSONScanner.isObject(body, at: at) {
            facts.leastOutputTokens = thinkingBudget(body, at: at) + 1
        }
        try fields.readOutputLimit([.maxTokens], standard: .max, body, into: &facts)
        return facts
    }

    /// Returns the model's budget for thinking, in tokens; zero if there is none.
    private static func thinkingBudget(_ body: Span<UInt8>, at start: Int) -> Int64 {
        var budget: Int64 = 0
        let end = try? JSONScanner.walkObject(body, start, depth: 1) { (key, value) throws(JSONFault) in
            if JSONScanner.string(body, at: key, equals: "budget_tokens") {
                budget = JSONScanner.integer(body, at: value) ?? 0
            }
            return try JSONScanner.skipValue(body, value, depth: 2)
        }
        return end == nil ? 0 : min(max(0, budget), Int64.max - 1)
    }
}

/// Reading input.
extension Anthropic {
    static func partKind(_ bytes: Span<UInt8>, type: Int) -> RequestInput.PartKind {
        func isType(_ name: StaticString) -> Bool { JSONScanner.string(bytes, at: type, equals: name) }
        if isType("image") { return .image }
        // The last two are refused by Anthropic and accepted by some compatible upstreams.
        return isType("document") || isType("container_upload") || isType("file") || isType("input_file")
            ? .file : .other
    }

    static func isPartContent(_ bytes: Span<UInt8>, key: Int) -> Bool {
        JSONScanner.string(bytes, at: key, equals: "content")
    }

    static func isPartData(_ bytes: Span<UInt8>, key: Int) -> Bool {
        JSONScanner.string(bytes, at: key, equals: "source")
    }

    static func isClientTool(_ bytes: Span<UInt8>, type: Int) -> Bool {
        JSONScanner.string(bytes, at: type, equals: "custom") || JSONScanner.string(bytes, at: type, equals: "function")
    }
}

extension Span<UInt8> {
    /// Whether a text occurs anywhere.
    fileprivate func contains(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { pattern in
            guard let first = pattern.first, count >= pattern.count else { return false }
            var position = 0
            while position <= count - pattern.count {
                if self[position] == first {
                    var length = 1
                    while length < pattern.count, self[position + length] == pattern[length] { length += 1 }
                    if length == pattern.count { return true }
                }
                position += 1
            }
            return false
        }
    }
}
