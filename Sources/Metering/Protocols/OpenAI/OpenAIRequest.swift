/// A request's fields, and what they say.
enum OpenAIRequest {
    /// More answers at once than any API gives.
    static let maximumChoices: Int64 = 1024
    /// Output tokens of a completion that names no limit.
    private static let standardCompletion: Int64 = 16
    /// The model of moderations that name none.
    private static let standardModeration = "omni-moderation-latest"

    private enum Field: Int, RequestField {
        case model, stream, maxTokens, maxCompletionTokens, maxOutputTokens, n, bestOf, streamOptions
        case messages, input, tools
        // The Responses API accepts references to stored input.
        case previousResponse, conversation, prompt
        case webSearch, searchParameters, serviceTier, speed, background
        case modalities, audio, size, quality
        case store, safetyIdentifier, user

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
            case .searchParameters: "search_parameters"
            case .speed: "speed"
            case .background: "background"
            case .modalities: "modalities"
            case .audio: "audio"
            case .size: "size"
            case .quality: "quality"
            case .store: "store"
            case .safetyIdentifier: "safety_identifier"
            case .user: "user"
            }
        }
    }

    /// See ``ProtocolRules/readRequest(_:_:model:)``.
    static func read(
        _ body: Span<UInt8>, _ operation: Operation, model: String?
    ) throws(RequestFault) -> RequestFacts {
        if operation == .speech { return try OpenAIMedia.readSpeech(body, model: model) }
        let fields = try RequestFields<Field>(body)
        let named = try fields.model(.model, path: model, body)
        guard let model = named ?? (operation == .moderations ? standardModeration : nil) else {
            throw .missing("model")
        }
        let isChat = operation == .chatCompletions
        let isResponse = [.responses, .responsesCompact, .responseTokens].contains(operation)
        var facts = RequestFacts(model: model, textBytes: body.count, mayWriteCache: isChat || isResponse)
        try fields.readTier(
            .serviceTier, OpenAIService.tiers, accepted: "auto, default, flex or priority", body, into: &facts)
        try fields.readSpeed(.speed, body, into: &facts)
        if isResponse, try fields.isTrue(.background, body) {
            throw .invalid("background", accepted: "false: a result that is fetched later cannot be charged")
        }
        facts.endUserPlaces = OpenAIEndUser.places(
            body, operation, object: fields.start, identifier: fields.place(of: .safetyIdentifier),
            user: fields.place(of: .user))
        guard operation.mayStream || isResponse else { return facts }
        do throws(JSONFault) {
            for field in [Field.messages, .input] {
                guard let at = fields.position(of: field, body) else { continue }
                try facts.input.readList(OpenAI.self, body, at: at)
                if facts.input.audioBytes > 0 {
                    facts.requirements.append(PriceRequirement(.inputAudio, field: field.name.description))
                }
            }
            if let at = fields.position(of: .tools, body) {
                try facts.readTools(OpenAI.self, body, at: at, field: "tools")
            }
            try OpenAIService.readModalities(
                body, at: fields.position(of: .modalities, body), audio: fields.position(of: .audio, body), into: &facts
            )
        } catch {
            throw .malformed(offset: error.offset)
        }
        for field in [Field.webSearch, .searchParameters] where fields.position(of: field, body) != nil {
            facts.hostedTools.append(HostedTool(.webSearch))
        }
        let references: [Field] = isResponse ? [.previousResponse, .conversation, .prompt] : []
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
            facts.pictureForm = PictureForm(size: fields.text(.size, body), quality: fields.text(.quality, body))
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
                facts.usageEdit = try StreamOptions.usageEdit(
                    body, object: fields.start, options: fields.place(of: .streamOptions))
                if fields.position(of: .streamOptions, body) == nil {
                    facts.addedOption = Field.streamOptions.name.description
                }
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
            JSONScanner.visitMembers(body, value) { _, variable in input.referInside(OpenAI.self, body, variable) }
        }
    }
}
