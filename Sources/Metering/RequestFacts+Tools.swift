/// Who runs a tool that a request describes.
enum ToolRunner {
    /// The client: its results come in the body of the next request.
    case client
    /// The upstream, and its results are input that no body holds.
    case upstream(HostedTool.Kind)
    /// The upstream, and its results are pictures.
    case pictures
    /// Nobody knows: only the model's context bounds what it adds.
    case unknown
}

extension RequestFacts {
    /// Reads the descriptions of tools.
    ///
    /// - Parameter field: The field that holds them.
    mutating func readTools<Rules: ProtocolRules>(
        _ rules: Rules.Type, _ body: Span<UInt8>, at start: Int, field: String
    ) throws(JSONFault) {
        guard JSONScanner.isArray(body, at: start) else { return }
        _ = try JSONScanner.walkArray(body, start, depth: 1) { (element) throws(JSONFault) in
            input.describesTools = true
            guard JSONScanner.isObject(body, at: element) else {
                return try JSONScanner.skipValue(body, element, depth: 2)
            }
            return try readTool(rules, body, at: element, field: field)
        }
    }

    private mutating func readTool<Rules: ProtocolRules>(
        _ rules: Rules.Type, _ body: Span<UInt8>, at start: Int, field: String
    ) throws(JSONFault) -> Int {
        // A tool without a type is one of the client's own.
        var runner = ToolRunner.client
        var maxUses: Int64?
        var isInContainer = false
        let end = try JSONScanner.walkObject(body, start, depth: 2) { (key, value) throws(JSONFault) in
            if let member = Rules.reference(body, key: key) {
                input.refer(rules, member, body, key: key, value: value)
            }
            if JSONScanner.string(body, at: key, equals: "type"), JSONScanner.isString(body, at: value) {
                runner = Rules.runner(body, toolType: value)
            } else if JSONScanner.string(body, at: key, equals: "max_uses") {
                maxUses = JSONScanner.integer(body, at: value).flatMap { $0 >= 0 ? $0 : nil }
            } else if JSONScanner.string(body, at: key, equals: "environment"), JSONScanner.isObject(body, at: value) {
                isInContainer = try Self.isContainer(body, at: value)
            }
            return try JSONScanner.skipValue(body, value, depth: 3)
        }
        switch runner {
        case .client where isInContainer: hostedTools.append(HostedTool(.codeInterpreter))
        case .client: break
        case .upstream(let kind): hostedTools.append(HostedTool(kind, maxUses: maxUses))
        case .pictures: requirements.append(PriceRequirement(.outputImage, field: field))
        case .unknown: input.isOpenEnded = true
        }
        return end
    }

    /// Whether the environment of a tool is one of the upstream's containers.
    private static func isContainer(_ body: Span<UInt8>, at start: Int) throws(JSONFault) -> Bool {
        var isContainer = false
        _ = try JSONScanner.walkObject(body, start, depth: 3) { (key, value) throws(JSONFault) in
            if JSONScanner.string(body, at: key, equals: "type"), JSONScanner.isString(body, at: value) {
                isContainer = !JSONScanner.string(body, at: value, equals: "local")
            }
            return try JSONScanner.skipValue(body, value, depth: 4)
        }
        return isContainer
    }
}
