/// Reading requests.
extension OpenAI {
    /// More answers at once than any API gives.
    private static let maximumChoices: Int64 = 1024
    /// Output tokens of a completion that names no limit.
    private static let standardCompletion: Int64 = 16
    /// The model of moderations that name none.
    private static let standardModeration = "omni-moderation-latest"

    private enum Field: Int, RequestField {
        case model, stream, maxTokens, maxCompletionTokens, maxOutputTokens, n, bestOf, streamOptions
        case messages, input, tools
        // The Responses API accepts references to stored input.
        case previousResponse, conversation, prompt
        case webSearch, serviceTier, speed, store
        case safetyIdentifier, user

        var name: StaticString {
            switch self {
            case .model: "model"
            case .stream: "stream"
            case .maxTokens: "max_tokens"
            case .maxCompletionTokens: "max_completion_tokens"
            case .maxOutputTokens: "max_output_tokens"
            case .n: "n"
            case .bestOf: "best_of"
            case .streamOptions: "stream_options"
            case .messages: "messages"
            case .input: "input"
            case .tools: "tools"
            case .previousResponse: "previous_response_id"
            case .conversation: "conversation"
            case .prompt: "prompt"
            case .webSearch: "web_search_options"
            case .serviceTier: "service_tier"
            case .speed: "speed"
            case .store: "store"
            case .safetyIdentifier: "safety_identifier"
            case .user: "user"
            }
        }
    }

    static func readRequest(
        _ body: Span<UInt8>, _ operation: Operation, model: String?
    ) throws(RequestFault) -> RequestFacts {
        let fields = try RequestFields<Field>(body)
        let named = try fields.model(.model, path: model, body)
        guard let model = named ?? (operation == .moderations ? standardModeration : nil) else {
            throw .missing("model")
        }
        let isChat = operation == .chatCompletions
        let isResponse = operation == .responses || operation == .responsesCompact
        var facts = RequestFacts(model: model, textBytes: body.count, mayWriteCache: isChat || isResponse)
        facts.endUserPlaces = endUserPlaces(
            body, operation, object: fields.start, identifier: fields.place(of: .safetyIdentifier),
            user: fields.place(of: .user))
        try fields.refuseFasterService(tier: .serviceTier, speed: .speed, body)
        guard operation.mayStream || isResponse else { return facts }
        do throws(JSONFault) {
            for field in [Field.messages, .input] {
                if let at = fields.position(of: field, body) { try facts.input.readList(Self.self, body, at: at) }
            }
            if let at = fields.position(of: .tools, body) { try facts.input.readTools(Self.self, body, at: at) }
        } catch {
            throw .malformed(offset: error.offset)
        }
        let references: [Field] = isResponse ? [.webSearch, .previousResponse, .conversation, .prompt] : [.webSearch]
        for field in references where fields.position(of: field, body) != nil { facts.input.isOpenEnded = true }
        if isResponse {
            readReferences(fields, body, into: &facts.input)
            let isStored = fields.position(of: .store, body).map { !JSONScanner.isFalse(body, at: $0) } ?? true
            facts.objectsGiven = isStored ? .all : .byTools
        }
        // A compaction has no limit of its output that could be lowered.
        guard operation.mayStream else { return facts }
        facts.isStreamed = try fields.isTrue(.stream, body)
        if operation.generatesImages {
            facts.choices = try fields.count(.n, in: 1...maximumChoices, body) ?? 1
            return facts
        }
        let limits: [Field] =
            isChat ? [.maxCompletionTokens, .maxTokens] : isResponse ? [.maxOutputTokens] : [.maxTokens]
        try fields.readOutputLimit(
            limits, standard: operation == .completions ? standardCompletion : .max, body, into: &facts)
        if !isResponse {
            let answers = try fields.count(.n, in: 1...maximumChoices, body) ?? 1
            facts.choices = max(answers, try fields.count(.bestOf, in: 1...maximumChoices, body) ?? 1)
            if facts.isStreamed {
                facts.usageEdit = try usageEdit(body, object: fields.start, options: fields.place(of: .streamOptions))
            }
        }
        return facts
    }

    /// Reads the top-level fields of a request for a response that name stored objects.
    private static func readReferences(
        _ fields: RequestFields<Field>, _ body: Span<UInt8>, into input: inout RequestInput
    ) {
        if let at = fields.position(of: .previousResponse, body) { input.refer(body, at, "previous_response_id") }
        if let at = fields.position(of: .conversation, body) {
            input.refer(body, at, "conversation")
            JSONScanner.visitMembers(body, at) { key, value in
                if JSONScanner.string(body, at: key, equals: "id") { input.refer(body, value, "conversation") }
            }
        }
        // The prompt itself is the operator's; the files that its variables name are not.
        guard let prompt = fields.position(of: .prompt, body) else { return }
        JSONScanner.visitMembers(body, prompt) { key, value in
            guard JSONScanner.string(body, at: key, equals: "variables") else { return }
            JSONScanner.visitMembers(body, value) { _, variable in input.referInside(Self.self, body, variable) }
        }
    }

    /// Returns the edit that makes the upstream report usage, or nil if the client asked for it already.
    private static func usageEdit(
        _ body: Span<UInt8>, object: Int, options: Int?
    ) throws(RequestFault) -> BodyEdit? {
        let wanted = "\"include_usage\":true"
        guard let options else {
            let afterBrace = JSONScanner.skipWhitespace(body, object + 1)
            let comma = body[afterBrace] == UInt8(ascii: "}") ? "" : ","
            return BodyEdit(
                range: object + 1..<object + 1, replacement: Array("\"stream_options\":{\(wanted)}\(comma)".utf8))
        }
        if JSONScanner.isNull(body, at: options) {
            return BodyEdit(range: options..<options + 4, replacement: Array("{\(wanted)}".utf8))
        }
        guard JSONScanner.isObject(body, at: options) else {
            throw .invalid("stream_options", accepted: "an object")
        }
        var current: Range<Int>?
        var members = 0
        do throws(JSONFault) {
            _ = try JSONScanner.walkObject(body, options, depth: 1) { (key, value) throws(JSONFault) in
                let end = try JSONScanner.skipValue(body, value, depth: 2)
                if JSONScanner.string(body, at: key, equals: "include_usage") { current = value..<end }
                members += 1
                return end
            }
        } catch {
            throw .malformed(offset: error.offset)
        }
        guard let current else {
            return BodyEdit(
                range: options + 1..<options + 1, replacement: Array((wanted + (members == 0 ? "" : ",")).utf8))
        }
        return JSONScanner.isTrue(body, at: current.lowerBound)
            ? nil : BodyEdit(range: current, replacement: Array("true".utf8))
    }
}

/// Reading input. Aggregators accept parts of other protocols' kinds in this protocol, too.
extension OpenAI {
    static func partKind(_ bytes: Span<UInt8>, type: Int) -> RequestInput.PartKind {
        func isType(_ name: StaticString) -> Bool { JSONScanner.string(bytes, at: type, equals: name) }
        if isType("image_url") || isType("input_image") || isType("image") || isType("computer_screenshot") {
            return .image
        }
        if isType("input_audio") { return .audio }
        if isType("item_reference") { return .reference }
        return isType("file") || isType("input_file") || isType("document") || isType("container_upload")
            ? .file : .other
    }

    static func isPartContent(_ bytes: Span<UInt8>, key: Int) -> Bool {
        JSONScanner.string(bytes, at: key, equals: "content") || JSONScanner.string(bytes, at: key, equals: "output")
    }

    static func isPartData(_ bytes: Span<UInt8>, key: Int) -> Bool {
        JSONScanner.string(bytes, at: key, equals: "image_url") || JSONScanner.string(bytes, at: key, equals: "source")
            || JSONScanner.string(bytes, at: key, equals: "input_audio")
    }

    static func isClientTool(_ bytes: Span<UInt8>, type: Int) -> Bool {
        JSONScanner.string(bytes, at: type, equals: "function") || JSONScanner.string(bytes, at: type, equals: "custom")
    }
}
