/// Reading usage.
extension Gemini {
    static func isUsage(_ bytes: Span<UInt8>, key: Int) -> Bool {
        JSONScanner.string(bytes, at: key, equals: "usageMetadata")
    }

    static func usageCount(_ bytes: Span<UInt8>, key: Int, in section: Int) -> Int? {
        GeminiUsage.place(bytes, key: key)
    }

    static func readUsageList(
        _ bytes: Span<UInt8>, key: Int, at start: Int, depth: Int, into report: inout UsageReport
    ) throws(JSONFault) {
        try GeminiUsage.readList(bytes, key: key, at: start, depth: depth, into: &report)
    }

    static func complete(_ report: inout UsageReport, after earlier: UsageReport) {
        GeminiUsage.complete(&report, after: earlier)
    }

    static func readTerm(_ bytes: Span<UInt8>, key: Int, value: Int, into terms: inout ReportedTerms) {
        GeminiUsage.readTerm(bytes, key: key, value: value, into: &terms)
    }

    static func usage(_ report: UsageReport, _ operation: Operation, _ rules: CountingRules) -> MeteredUsage? {
        GeminiUsage.metered(report, rules)
    }
}
