/// Reading usage.
extension Anthropic {
    static func isUsage(_ bytes: Span<UInt8>, key: Int) -> Bool { JSONScanner.string(bytes, at: key, equals: "usage") }

    static func usageSection(_ bytes: Span<UInt8>, key: Int, in section: Int?) -> Int {
        section == nil ? UsageReport.topSection : UsageReport.topSection + 1
    }

    static func usageCount(_ bytes: Span<UInt8>, key: Int, in section: Int) -> Int? {
        AnthropicUsage.place(bytes, key: key, in: section)
    }

    static func readUsageList(
        _ bytes: Span<UInt8>, key: Int, at start: Int, depth: Int, into report: inout UsageReport
    ) throws(JSONFault) {
        try AnthropicUsage.readList(bytes, key: key, at: start, depth: depth, into: &report)
    }

    static func complete(_ report: inout UsageReport, after earlier: UsageReport) {
        AnthropicUsage.complete(&report, after: earlier)
    }

    static func readTerm(_ bytes: Span<UInt8>, key: Int, value: Int, into terms: inout ReportedTerms) {
        AnthropicUsage.readTerm(bytes, key: key, value: value, into: &terms)
    }

    static func usage(_ report: UsageReport, _ operation: Operation, _ rules: CountingRules) -> MeteredUsage? {
        AnthropicUsage.metered(report, rules)
    }
}
