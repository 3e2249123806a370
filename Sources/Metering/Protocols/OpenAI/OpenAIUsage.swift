/// The usage of an answer as OpenAI and compatible upstreams write it: where counts stand, and what they mean.
enum OpenAIUsage {
    /// Places of the counts in a ``UsageReport``. Chat and the Responses API have different names for the same counts.
    enum Count: Int {
        case prompt, completion, total, cached, cacheWritten, cacheHit, cacheMiss, reasoning
        case audioIn, imageIn, cachedAudio, cachedImage, audioOut, imageOut, textOut
        case webSearches, otherSearches, sources, fileSearches, documentSearches, interpreterSessions
        case toolImageIn, toolImageOut
        case milliseconds
    }

    /// Sections of a usage, beside ``UsageReport/topSection``.
    private enum Section {
        static let other = 1
        static let input = 2
        static let output = 3
        static let cached = 4
        static let tools = 5
        static let webTool = 6
        static let imageTool = 7
        static let serverTools = 8
    }

    /// See ``ProtocolRules/usageSection(_:key:in:)``.
    static func section(_ bytes: Span<UInt8>, key: Int, in section: Int?) -> Int {
        func isKey(_ name: StaticString) -> Bool { JSONScanner.string(bytes, at: key, equals: name) }
        switch section {
        case nil where !isKey("tool_usage"): return UsageReport.topSection
        case nil: return Section.tools
        case UsageReport.topSection:
            // `input_tokens_details`, and `input_token_details` of transcriptions.
            if isKey("prompt_tokens_details") || isKey("input_tokens_details") || isKey("input_token_details") {
                return Section.input
            }
            if isKey("completion_tokens_details") || isKey("output_tokens_details") || isKey("output_token_details") {
                return Section.output
            }
            if isKey("tool_usage") { return Section.tools }
            return isKey("server_side_tool_usage_details") ? Section.serverTools : Section.other
        case Section.input: return isKey("cached_tokens_details") ? Section.cached : Section.other
        case Section.tools:
            return isKey("web_search") ? Section.webTool : isKey("image_gen") ? Section.imageTool : Section.other
        default: return Section.other
        }
    }

    /// See ``ProtocolRules/usageCount(_:key:in:)``.
    static func place(_ bytes: Span<UInt8>, key: Int, in section: Int) -> Int? {
        func isKey(_ name: StaticString) -> Bool { JSONScanner.string(bytes, at: key, equals: name) }
        let count: Count? =
            switch section {
            case UsageReport.topSection: topCount(bytes, key: key)
            case Section.input:
                isKey("cached_tokens")
                    ? .cached
                    : isKey("cache_write_tokens")
                        ? .cacheWritten : isKey("audio_tokens") ? .audioIn : isKey("image_tokens") ? .imageIn : nil
            case Section.cached: isKey("audio_tokens") ? .cachedAudio : isKey("image_tokens") ? .cachedImage : nil
            case Section.output:
                isKey("reasoning_tokens")
                    ? .reasoning
                    : isKey("audio_tokens")
                        ? .audioOut : isKey("image_tokens") ? .imageOut : isKey("text_tokens") ? .textOut : nil
            case Section.webTool: isKey("num_requests") ? .webSearches : nil
            case Section.imageTool: isKey("input_tokens") ? .toolImageIn : isKey("output_tokens") ? .toolImageOut : nil
            case Section.serverTools: serverToolCount(bytes, key: key)
            default: nil
            }
        return count?.rawValue
    }

    private static func topCount(_ bytes: Span<UInt8>, key: Int) -> Count? {
        func isKey(_ name: StaticString) -> Bool { JSONScanner.string(bytes, at: key, equals: name) }
        if isKey("prompt_tokens") || isKey("input_tokens") { return .prompt }
        if isKey("completion_tokens") || isKey("output_tokens") { return .completion }
        if isKey("total_tokens") { return .total }
        if isKey("cached_tokens") { return .cached }
        if isKey("cache_write_tokens") { return .cacheWritten }
        if isKey("prompt_cache_hit_tokens") { return .cacheHit }
        if isKey("prompt_cache_miss_tokens") { return .cacheMiss }
        if isKey("reasoning_tokens") { return .reasoning }
        if isKey("num_sources_used") { return .sources }
        return isKey("seconds") ? .milliseconds : nil
    }

    private static func serverToolCount(_ bytes: Span<UInt8>, key: Int) -> Count? {
        func isKey(_ name: StaticString) -> Bool { JSONScanner.string(bytes, at: key, equals: name) }
        if isKey("web_search_calls") { return .webSearches }
        if isKey("x_search_calls") { return .otherSearches }
        if isKey("file_search_calls") { return .fileSearches }
        if isKey("document_search_calls") { return .documentSearches }
        return isKey("code_interpreter_calls") ? .interpreterSessions : nil
    }

    /// See ``ProtocolRules/count(_:at:place:)``.
    static func count(_ bytes: Span<UInt8>, at value: Int, place: Int) -> Int64? {
        place == Count.milliseconds.rawValue
            ? JSONScanner.thousandths(bytes, at: value) : JSONScanner.count(bytes, at: value)
    }

    /// A total is the sum of the counts beside it: it does not outlive them.
    static func complete(_ report: inout UsageReport, after earlier: UsageReport) {
        let total = Count.total.rawValue
        let isOutdated = [Count.prompt, .completion].contains { report[$0.rawValue] != earlier[$0.rawValue] }
        if isOutdated, !report.isLatest(total) { report.replace(total, with: nil) }
    }

    /// See ``ProtocolRules/readTerm(_:key:value:into:)``.
    static func readTerm(_ bytes: Span<UInt8>, key: Int, value: Int, into terms: inout ReportedTerms) {
        guard JSONScanner.string(bytes, at: key, equals: "service_tier"), JSONScanner.isString(bytes, at: value) else {
            return
        }
        terms.tier = tier(bytes, at: value) ?? terms.tier
    }

    /// Returns the tier that was served; nil while it is not decided.
    private static func tier(_ bytes: Span<UInt8>, at value: Int) -> ServiceTerms.Tier? {
        func isTier(_ name: StaticString) -> Bool { JSONScanner.string(bytes, at: value, equals: name) }
        if isTier("auto") || isTier("") { return nil }
        if isTier("default") || isTier("standard") || isTier("on_demand") { return .standard }
        if isTier("flex") { return .flex }
        if isTier("priority") || isTier("fast") { return .priority }
        return isTier("batch") ? .batch : .unknown
    }

    /// See ``ProtocolRules/usage(_:_:_:)``.
    static func metered(_ report: UsageReport, _ operation: Operation, _ rules: CountingRules) -> MeteredUsage? {
        func raw(_ count: Count) -> Int64 { max(0, report[count.rawValue] ?? 0) }
        let named: [Count] = [.prompt, .completion, .cacheHit, .milliseconds, .toolImageOut]
        let hasTotalOnly = operation.billing == .input && raw(.total) > 0
        guard hasTotalOnly || named.contains(where: { report[$0.rawValue] != nil }) else { return nil }
        let counts = OpenAICounts(report, rules.reasoning)
        var limit = CountLimit(rules.contextLimit)
        var usage = Usage()
        counts.fillInput(&usage, &limit)
        counts.fillOutput(&usage, &limit, isImage: operation.generatesImages)
        usage[.inputImage] += limit.apply(report[Count.toolImageIn.rawValue])
        usage[.outputImage] += limit.apply(report[Count.toolImageOut.rawValue])
        fillCalls(&usage, report, &limit)
        usage[.audioTime] = limit.apply(report[Count.milliseconds.rawValue], maximum: CountLimit.milliseconds)
        var flags: UsageFlags = []
        if limit.wasExceeded || report.hadNegative { flags.insert(.clamped) }
        if counts.contradict { flags.insert(.totalContradicts) }
        return MeteredUsage(
            usage, terms: report.terms.served(asked: rules.askedTerms), flags: flags,
            upstreamCostNanoUSD: report.cost.nanoUSD)
    }

    /// Fills in the calls of hosted tools: as they are reported, else as the answer shows them.
    private static func fillCalls(_ usage: inout Usage, _ report: UsageReport, _ limit: inout CountLimit) {
        func sum(_ one: Count, _ other: Count) -> Int64? {
            let counts = (report[one.rawValue], report[other.rawValue])
            return counts.0 == nil && counts.1 == nil ? nil : (counts.0 ?? 0) + (counts.1 ?? 0)
        }
        var searches = sum(.webSearches, .otherSearches) ?? report.calls.webSearches
        if searches == 0 { searches = report[Count.sources.rawValue] ?? 0 }
        usage[.webSearch] = limit.apply(searches, maximum: CountLimit.calls)
        usage[.fileSearch] = limit.apply(
            sum(.fileSearches, .documentSearches) ?? report.calls.fileSearches, maximum: CountLimit.calls)
        usage[.codeInterpreter] = limit.apply(
            report[Count.interpreterSessions.rawValue] ?? report.calls.interpreterSessions, maximum: CountLimit.calls)
    }
}
