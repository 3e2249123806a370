/// The service that a request asks for: tiers, kinds of output, tools.
enum OpenAIService {
    /// Names of service tiers, those of compatible upstreams included.
    static let tiers: [(name: StaticString, tier: RequestedTier)] = [
        ("auto", .automatic), ("default", .only(.standard)), ("standard", .only(.standard)),
        ("on_demand", .only(.standard)), ("standard_only", .only(.standard)), ("flex", .only(.flex)),
        ("priority", .only(.priority)), ("fast", .only(.priority)),
    ]

    /// Reads which kinds of output are asked for.
    ///
    /// - Parameters:
    ///   - list: Position of the kinds, if they are given.
    ///   - audio: Position of the settings of audio, which only an answer with audio has.
    static func readModalities(
        _ body: Span<UInt8>, at list: Int?, audio: Int?, into facts: inout RequestFacts
    ) throws(JSONFault) {
        var (hasAudio, hasImage) = (false, false)
        if let list, JSONScanner.isArray(body, at: list) {
            _ = try JSONScanner.walkArray(body, list, depth: 1) { (element) throws(JSONFault) in
                if JSONScanner.isString(body, at: element) {
                    hasAudio = hasAudio || JSONScanner.string(body, at: element, equals: "audio")
                    hasImage = hasImage || JSONScanner.string(body, at: element, equals: "image")
                }
                return try JSONScanner.skipValue(body, element, depth: 2)
            }
        }
        if hasAudio || audio != nil {
            facts.requirements.append(PriceRequirement(.outputAudio, field: hasAudio ? "modalities" : "audio"))
        }
        if hasImage { facts.requirements.append(PriceRequirement(.outputImage, field: "modalities")) }
    }

    /// See ``ProtocolRules/runner(_:toolType:)``.
    static func runner(_ bytes: Span<UInt8>, toolType: Int) -> ToolRunner {
        func isType(_ name: StaticString) -> Bool { JSONScanner.string(bytes, at: toolType, equals: name) }
        // Some of these run in a container of the upstream if the request says so.
        if isType("function") || isType("custom") || isType("namespace") || isType("local_shell") || isType("shell")
            || isType("apply_patch") || isType("computer") || isType("computer_use_preview")
        {
            return .client
        }
        if JSONScanner.string(bytes, at: toolType, hasPrefix: "web_search") || isType("x_search") {
            return .upstream(.webSearch)
        }
        if isType("file_search") || isType("collections_search") { return .upstream(.fileSearch) }
        if isType("code_interpreter") || isType("code_execution") { return .upstream(.codeInterpreter) }
        if isType("image_generation") { return .pictures }
        return isType("mcp") || isType("tool_search") ? .upstream(.other) : .unknown
    }
}
