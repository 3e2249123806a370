/// What a plain (not streamed) answer says.
public struct PlainAnswer: Hashable, Sendable {
    /// The usage that it reports, if it does.
    public var usage: MeteredUsage?
    /// It is an error, whatever its status says.
    public var isError: Bool
    /// What the client must not see, as ranges to remove: sorted and disjoint.
    public var cuts: [Range<Int>]
    /// Bytes of text that the model wrote, for estimates.
    public var textBytes: Int64
}

/// Meters plain answers.
public enum AnswerMeter {
    /// Examines a whole answer. What is not JSON has no usage, and all of it counts as text.
    ///
    /// - Parameter contextLimit: Counts beyond it are not believed, in tokens.
    public static func examine(_ body: Span<UInt8>, operation: Operation, contextLimit: Int64) -> PlainAnswer {
        var scan = AnswerScan(text: .content)
        let start = JSONScanner.skipWhitespace(body, 0)
        do throws(JSONFault) {
            let end = try scan.scan(body, start)
            guard JSONScanner.skipWhitespace(body, end) == body.count else { throw JSONFault(offset: end) }
        } catch {
            return PlainAnswer(usage: nil, isError: false, cuts: [], textBytes: Int64(body.count))
        }
        var usage = scan.report.usage(operation: operation, limit: contextLimit)
        if operation == .imageGenerations, scan.dataCount > 0 {
            usage = usage ?? MeteredUsage(tokens: .zero, upstreamCostNanoUSD: nil, wasClamped: false)
            usage?.tokens.images = scan.dataCount
        }
        return PlainAnswer(
            usage: usage,
            isError: scan.isError || scan.marker == .error, cuts: scan.sortedCuts,
            textBytes: scan.textBytes)
    }
}
