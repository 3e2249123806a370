/// The usage of an answer as the Gemini API writes it: where counts stand, and what they mean.
enum GeminiUsage {
    /// Places of the counts in a ``UsageReport``.
    private enum Count: Int {
        case prompt, candidates, thoughts, cached, toolUse, total
        case audioIn, imageIn, audioOut, imageOut, cachedAudio, cachedImage, toolAudio, toolImage
    }

    /// See ``ProtocolRules/usageCount(_:key:in:)``.
    static func place(_ bytes: Span<UInt8>, key: Int) -> Int? {
        func isKey(_ name: StaticString) -> Bool { JSONScanner.string(bytes, at: key, equals: name) }
        let count: Count? =
            if isKey("promptTokenCount") {
                .prompt
            } else if isKey("candidatesTokenCount") {
                .candidates
            } else if isKey("thoughtsTokenCount") {
                .thoughts
            } else if isKey("cachedContentTokenCount") {
                .cached
            } else if isKey("toolUsePromptTokenCount") {
                .toolUse
            } else if isKey("totalTokenCount") {
                .total
            } else {
                nil
            }
        return count?.rawValue
    }

    /// Reads the counts of audio and images in a list of counts by modality. All others cost what text costs.
    static func readList(
        _ bytes: Span<UInt8>, key: Int, at start: Int, depth: Int, into report: inout UsageReport
    ) throws(JSONFault) {
        guard let places = modalities(bytes, key: key) else { return }
        var audio: Int64?
        var image: Int64?
        _ = try JSONScanner.walkArray(bytes, start, depth: depth) { (element) throws(JSONFault) in
            guard JSONScanner.isObject(bytes, at: element) else {
                return try JSONScanner.skipValue(bytes, element, depth: depth + 1)
            }
            var modality = -1
            var count: Int64 = 0
            let end = try JSONScanner.walkObject(bytes, element, depth: depth + 1) { (key, value) throws(JSONFault) in
                if JSONScanner.string(bytes, at: key, equals: "modality") { modality = value }
                if JSONScanner.string(bytes, at: key, equals: "tokenCount") {
                    count = JSONScanner.count(bytes, at: value) ?? 0
                }
                return try JSONScanner.skipValue(bytes, value, depth: depth + 2)
            }
            guard modality >= 0 else { return end }
            let sum: (Int64?) -> Int64 = { ($0 ?? 0).addingReportingOverflow(count).partialValue }
            if JSONScanner.string(bytes, at: modality, equals: "AUDIO") { audio = sum(audio) }
            if JSONScanner.string(bytes, at: modality, equals: "IMAGE") { image = sum(image) }
            return end
        }
        if let audio { report.take(audio, at: places.audio.rawValue) }
        if let image { report.take(image, at: places.image.rawValue) }
    }

    private static func modalities(_ bytes: Span<UInt8>, key: Int) -> (audio: Count, image: Count)? {
        func isKey(_ name: StaticString) -> Bool { JSONScanner.string(bytes, at: key, equals: name) }
        if isKey("promptTokensDetails") { return (.audioIn, .imageIn) }
        if isKey("candidatesTokensDetails") { return (.audioOut, .imageOut) }
        if isKey("cacheTokensDetails") { return (.cachedAudio, .cachedImage) }
        return isKey("toolUsePromptTokensDetails") ? (.toolAudio, .toolImage) : nil
    }

    /// A total is the sum of the counts beside it: it does not outlive them.
    static func complete(_ report: inout UsageReport, after earlier: UsageReport) {
        let total = Count.total.rawValue
        let isOutdated = [Count.prompt, .candidates, .thoughts, .toolUse].contains {
            report[$0.rawValue] != earlier[$0.rawValue]
        }
        if isOutdated, !report.isLatest(total) { report.replace(total, with: nil) }
    }

    /// See ``ProtocolRules/readTerm(_:key:value:into:)``.
    static func readTerm(_ bytes: Span<UInt8>, key: Int, value: Int, into terms: inout ReportedTerms) {
        guard JSONScanner.isString(bytes, at: value), JSONScanner.string(bytes, at: key, equals: "serviceTier"),
            let name = JSONScanner.string(bytes, at: value)?.lowercased()
        else { return }
        switch name {
        case "", "unspecified": break
        case "standard": terms.tier = .standard
        case "flex": terms.tier = .flex
        case "priority": terms.tier = .priority
        default: terms.tier = .unknown
        }
    }

    /// See ``ProtocolRules/usage(_:_:_:)``.
    static func metered(_ report: UsageReport, _ rules: CountingRules) -> MeteredUsage? {
        func count(_ count: Count) -> Int64? { report[count.rawValue] }
        guard count(.prompt) != nil || count(.candidates) != nil || count(.total) != nil else { return nil }
        var limit = CountLimit(rules.contextLimit)
        let prompt = limit.apply(count(.prompt))
        let tools = limit.apply(count(.toolUse))
        let output = Output(
            candidates: count(.candidates).map { limit.apply($0) }, thoughts: limit.apply(count(.thoughts)),
            total: count(.total), prompt: prompt, tools: tools)
        var usage = Usage()
        usage.cacheRead = limit.part(max(0, count(.cached) ?? 0), of: prompt)
        // What no list says about the cache was text.
        let cachedAudio = min(count(.cachedAudio) ?? 0, usage.cacheRead)
        let fresh = Modalities(
            all: prompt - usage.cacheRead, audio: (count(.audioIn) ?? 0) - cachedAudio,
            image: (count(.imageIn) ?? 0) - min(count(.cachedImage) ?? 0, usage.cacheRead - cachedAudio))
        let results = Modalities(all: tools, audio: count(.toolAudio) ?? 0, image: count(.toolImage) ?? 0)
        let written = Modalities(
            all: limit.apply(output.tokens), audio: count(.audioOut) ?? 0, image: count(.imageOut) ?? 0)
        usage.input = fresh.text + results.text
        usage[.inputAudio] = fresh.audio + results.audio
        usage[.inputImage] = fresh.image + results.image
        usage.output = written.text
        usage[.outputAudio] = written.audio
        usage[.outputImage] = written.image
        usage[.webSearch] = limit.apply(report.calls.webSearches, maximum: CountLimit.calls)
        var flags: UsageFlags = []
        if limit.wasExceeded || report.hadNegative { flags.insert(.clamped) }
        if output.contradictsTotal { flags.insert(.totalContradicts) }
        return MeteredUsage(
            usage, terms: report.terms.served(asked: rules.askedTerms), flags: flags,
            upstreamCostNanoUSD: report.cost.nanoUSD)
    }
}

/// The tokens that a model wrote. Thoughts lie beside the candidates, unless the total shows that they lie within.
private struct Output {
    var tokens: Int64
    var contradictsTotal = false

    /// - Parameter candidates: Nil if the upstream does not report them: then the total says how many they are.
    init(candidates: Int64?, thoughts: Int64, total: Int64?, prompt: Int64, tools: Int64) {
        let known = candidates ?? 0
        tokens = known + thoughts
        guard let total, total > 0 else { return }
        // Some totals leave out what hosted tools returned.
        if [prompt + tokens, prompt + tools + tokens].contains(total) { return }
        if thoughts > 0, thoughts <= known, [prompt + known, prompt + tools + known].contains(total) {
            tokens = known
        } else if candidates == nil, total > prompt + tools + thoughts {
            tokens = total - prompt - tools
        } else {
            contradictsTotal = true
        }
    }
}

/// Tokens by modality, none of them counted twice.
private struct Modalities {
    let text: Int64
    let audio: Int64
    let image: Int64

    init(all: Int64, audio: Int64, image: Int64) {
        self.audio = min(max(0, audio), all)
        self.image = min(max(0, image), all - self.audio)
        text = all - self.audio - self.image
    }
}
