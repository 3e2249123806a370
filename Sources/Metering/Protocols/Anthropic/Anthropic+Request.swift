/// Reading requests.
extension Anthropic {
    private enum Field: Int, RequestField {
        case model, stream, maxTokens, messages, system, tools, mcpServers, thinking, serviceTier, speed, inferenceGeo
        case container, metadata

        var name: StaticString {
            switch self {
            case .model: "model"
            case .stream: "stream"
            case .maxTokens: "max_tokens"
            case .messages: "messages"
            case .system: "system"
            case .tools: "tools"
            case .mcpServers: "mcp_servers"
            case .thinking: "thinking"
            case .serviceTier: "service_tier"
            case .speed: "speed"
            case .inferenceGeo: "inference_geo"
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
        try fields.readTier(
            .serviceTier, [("auto", .automatic), ("standard_only", .only(.standard))],
            accepted: "auto or standard_only", body, into: &facts)
        try fields.readSpeed(.speed, body, into: &facts)
        if let region = fields.text(.inferenceGeo, body) { facts.isResident = region != "global" }
        guard operation.mayStream else { return facts }
        let endUser = AnthropicEndUser.place(body, object: fields.start, metadata: fields.place(of: .metadata))
        facts.endUserPlaces = endUser.map { [$0] } ?? []
        do throws(JSONFault) {
            for field in [Field.messages, .system] {
                if let at = fields.position(of: field, body) { try facts.input.readList(Self.self, body, at: at) }
            }
            if let at = fields.position(of: .tools, body) {
                try facts.readTools(Self.self, body, at: at, field: "tools")
            }
        } catch {
            throw .malformed(offset: error.offset)
        }
        if fields.position(of: .mcpServers, body) != nil { facts.hostedTools.append(HostedTool(.other)) }
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
        facts.input.countsImagesApart = false
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

    static func runner(_ bytes: Span<UInt8>, toolType: Int) -> ToolRunner {
        func isType(_ name: StaticString) -> Bool { JSONScanner.string(bytes, at: toolType, equals: name) }
        // Types of built-in tools end in their version.
        func isVersion(of name: StaticString) -> Bool { JSONScanner.string(bytes, at: toolType, hasPrefix: name) }
        if isType("custom") || isType("function") || isVersion(of: "bash_") || isVersion(of: "text_editor_")
            || isVersion(of: "computer_") || isVersion(of: "memory_")
        {
            return .client
        }
        if isVersion(of: "web_search_") { return .upstream(.webSearch) }
        // Containers are not reported, so that no use of them can be charged.
        if isVersion(of: "web_fetch_") || isVersion(of: "code_execution_") || isVersion(of: "tool_search_tool_")
            || isType("mcp_toolset")
        {
            return .upstream(.other)
        }
        return .unknown
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
