/// Reading requests. The API accepts every field by two names.
extension Gemini {
    /// More answers at once than the API gives.
    private static let maximumCandidates: Int64 = 1024

    private enum Field: Int, RequestField {
        case model, contents, content, requests, generateContentRequest, systemInstruction, tools, cachedContent,
            generationConfig, serviceTier

        var name: StaticString {
            switch self {
            case .model: "model"
            case .contents: "contents"
            case .content: "content"
            case .requests: "requests"
            case .generateContentRequest: "generateContentRequest"
            case .systemInstruction: "systemInstruction"
            case .tools: "tools"
            case .cachedContent: "cachedContent"
            case .generationConfig: "generationConfig"
            case .serviceTier: "serviceTier"
            }
        }

        var otherName: StaticString? {
            switch self {
            case .generateContentRequest: "generate_content_request"
            case .systemInstruction: "system_instruction"
            case .cachedContent: "cached_content"
            case .generationConfig: "generation_config"
            case .serviceTier: "service_tier"
            case .model, .contents, .content, .requests, .tools: nil
            }
        }
    }

    /// Fields of `generationConfig`.
    private enum ConfigField: Int, RequestField {
        case maxOutputTokens, candidateCount, thinkingConfig, responseModalities

        static let parent: String? = "generationConfig"

        var name: StaticString {
            switch self {
            case .maxOutputTokens: "maxOutputTokens"
            case .candidateCount: "candidateCount"
            case .thinkingConfig: "thinkingConfig"
            case .responseModalities: "responseModalities"
            }
        }

        var otherName: StaticString? {
            switch self {
            case .maxOutputTokens: "max_output_tokens"
            case .candidateCount: "candidate_count"
            case .thinkingConfig: "thinking_config"
            case .responseModalities: "response_modalities"
            }
        }
    }

    static func readRequest(
        _ body: Span<UInt8>, _ operation: Operation, model: String?
    ) throws(RequestFault) -> RequestFacts {
        guard let model else { throw .missing("model") }
        // With one of these the path could mean another model or another operation to the upstream.
        guard !model.utf8.contains(where: { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "/") }) else {
            throw .invalid("model", accepted: "a name without colons and slashes")
        }
        let fields = try RequestFields<Field>(body)
        try check(model, fields, body)
        var facts = RequestFacts(model: model, textBytes: body.count, mayWriteCache: false)
        try read(fields, model, body, into: &facts)
        if facts.input.audioBytes > 0 { facts.requirements.append(PriceRequirement(.inputAudio, field: "contents")) }
        guard operation.generatesText else { return facts }
        guard fields.position(of: .contents, body) != nil else { throw .missing("contents") }
        facts.isStreamed = operation.mayStream
        if let at = fields.position(of: .serviceTier, body) { try readTier(body, at: at, into: &facts) }
        try readConfig(fields, body, into: &facts)
        return facts
    }

    private static func readTier(
        _ body: Span<UInt8>, at value: Int, into facts: inout RequestFacts
    ) throws(RequestFault) {
        switch JSONScanner.string(body, at: value)?.lowercased() {
        case "unspecified": break
        case "standard": facts.tier = .only(.standard)
        case "flex": facts.tier = .only(.flex)
        case "priority":
            facts.tier = .only(.priority)
            facts.requirements.append(PriceRequirement(.tier(.priority), field: "serviceTier"))
        default: throw .invalid("serviceTier", accepted: "standard, flex or priority")
        }
    }

    /// Refuses a body that names another model than the path.
    private static func check(
        _ model: String, _ fields: RequestFields<Field>, _ body: Span<UInt8>
    ) throws(RequestFault) {
        guard let at = fields.position(of: .model, body) else { return }
        guard let name = JSONScanner.string(body, at: at), name == model || name == "models/" + model else {
            throw .invalid("model", accepted: "the model that the path names")
        }
    }

    /// Reads the input of a request, or of one of several.
    private static func read(
        _ fields: RequestFields<Field>, _ model: String, _ body: Span<UInt8>, into facts: inout RequestFacts,
        depth: Int = 1
    ) throws(RequestFault) {
        do throws(JSONFault) {
            for field in [Field.contents, .content, .systemInstruction] {
                if let at = fields.position(of: field, body) {
                    try facts.input.readContents(body, at: at, depth: depth)
                }
            }
        } catch {
            throw .malformed(offset: error.offset)
        }
        if let at = fields.position(of: .tools, body) { facts.readTools(body, at: at) }
        if let at = fields.position(of: .cachedContent, body) {
            facts.input.isOpenEnded = true
            facts.input.refer(body, at, "cachedContent")
        }
        guard depth == 1 else { return }
        var requests = [fields.position(of: .generateContentRequest, body)].compactMap { $0 }
            .filter { JSONScanner.isObject(body, at: $0) }
        if let list = fields.position(of: .requests, body) {
            JSONScanner.visitElements(body, list) { request in
                if JSONScanner.isObject(body, at: request) { requests.append(request) }
            }
        }
        for request in requests {
            let own = try RequestFields<Field>(body, ofObject: request, depth: depth + 1)
            try check(model, own, body)
            try read(own, model, body, into: &facts, depth: depth + 2)
        }
    }

    // MARK: Output

    private static func readConfig(
        _ fields: RequestFields<Field>, _ body: Span<UInt8>, into facts: inout RequestFacts
    ) throws(RequestFault) {
        guard let at = fields.position(of: .generationConfig, body) else {
            facts.limitPlaces = [missingConfig(fields)]
            return
        }
        guard JSONScanner.isObject(body, at: at) else { throw .invalid("generationConfig", accepted: "an object") }
        let config = try RequestFields<ConfigField>(body, ofObject: at)
        try config.readOutputLimit([.maxOutputTokens], standard: .max, body, into: &facts)
        // The API takes a limit of zero for none.
        guard facts.maxOutputTokens != 0 else {
            throw .invalid(ConfigField.maxOutputTokens.path, accepted: "a whole number of at least 1")
        }
        facts.choices = try config.count(.candidateCount, in: 1...maximumCandidates, body) ?? 1
        if let at = config.position(of: .responseModalities, body) { readModalities(body, at: at, into: &facts) }
        if let at = config.position(of: .thinkingConfig, body), JSONScanner.isObject(body, at: at) {
            facts.leastOutputTokens = thinkingBudget(body, at: at)
        }
    }

    /// What the answer is asked to consist of must have a rate.
    private static func readModalities(_ body: Span<UInt8>, at list: Int, into facts: inout RequestFacts) {
        JSONScanner.visitElements(body, list) { modality in
            let dimensions: [Dimension] =
                switch JSONScanner.string(body, at: modality)?.uppercased() {
                case "AUDIO": [.outputAudio]
                case "IMAGE": [.outputImage, .pictures]
                default: []
                }
            guard !dimensions.isEmpty else { return }
            facts.requirements.append(
                PriceRequirement(.anyOf(dimensions), field: ConfigField.responseModalities.path))
        }
    }

    /// Returns the place of a limit in a body without a configuration.
    private static func missingConfig(_ fields: RequestFields<Field>) -> RequestFacts.LimitPlace {
        let name = ConfigField.maxOutputTokens.name.description
        if let null = fields.place(of: .generationConfig) {
            return .member(null..<null + 4, name: name, before: "{", after: "}", standard: .max)
        }
        let start = fields.start + 1
        return .member(
            start..<start, name: name, before: "\"generationConfig\":{", after: "},", standard: .max)
    }

    /// Returns the minimum of output tokens with which a budget for thinking leaves room for an answer; zero if there is
    /// none. A negative budget lets the model decide.
    private static func thinkingBudget(_ body: Span<UInt8>, at start: Int) -> Int64 {
        var budget: Int64 = 0
        let end = try? JSONScanner.walkObject(body, start, depth: 2) { (key, value) throws(JSONFault) in
            if JSONScanner.string(body, at: key, equals: "thinkingBudget")
                || JSONScanner.string(body, at: key, equals: "thinking_budget")
            {
                budget = JSONScanner.integer(body, at: value) ?? 0
            }
            return try JSONScanner.skipValue(body, value, depth: 3)
        }
        return end == nil || budget <= 0 ? 0 : min(budget, Int64.max - 1) + 1
    }
}
