/// Reading usage.
extension OpenAI {
    static func isUsage(_ bytes: Span<UInt8>, key: Int) -> Bool {
        JSONScanner.string(bytes, at: key, equals: "usage") || JSONScanner.string(bytes, at: key, equals: "tool_usage")
    }

    static func usageSection(_ bytes: Span<UInt8>, key: Int, in section: Int?) -> Int {
        OpenAIUsage.section(bytes, key: key, in: section)
    }

    static func usageCount(_ bytes: Span<UInt8>, key: Int, in section: Int) -> Int? {
        OpenAIUsage.place(bytes, key: key, in: section)
    }

    static func count(_ bytes: Span<UInt8>, at value: Int, place: Int) -> Int64? {
        OpenAIUsage.count(bytes, at: value, place: place)
    }

    static func complete(_ report: inout UsageReport, after earlier: UsageReport) {
        OpenAIUsage.complete(&report, after: earlier)
    }

    static func readTerm(_ bytes: Span<UInt8>, key: Int, value: Int, into terms: inout ReportedTerms) {
        OpenAIUsage.readTerm(bytes, key: key, value: value, into: &terms)
    }

    static func usage(_ report: UsageReport, _ operation: Operation, _ rules: CountingRules) -> MeteredUsage? {
        OpenAIUsage.metered(report, operation, rules)
    }

    static func pictureForm(_ bytes: Span<UInt8>, _ start: Int) -> PictureForm? {
        var form = PictureForm()
        let end = try? JSONScanner.walkObject(bytes, start) { (key, value) throws(JSONFault) in
            if JSONScanner.string(bytes, at: key, equals: "size"), let size = JSONScanner.string(bytes, at: value) {
                form = PictureForm(size: size, quality: form.quality)
            } else if JSONScanner.string(bytes, at: key, equals: "quality"),
                let quality = JSONScanner.string(bytes, at: value)
            {
                form = PictureForm(size: form.size, quality: quality)
            }
            return try JSONScanner.skipValue(bytes, value, depth: 1)
        }
        return end == nil || form == PictureForm() ? nil : form
    }
}
