/// The metering of a plain (not streamed) answer.
public struct PlainAnswer: Hashable, Sendable {
    /// The usage that the upstream reported, if it did.
    public var usage: MeteredUsage?
    /// The terms, calls of hosted tools and cost that the answer shows, whether or not it reports usage.
    public var observed: MeteredUsage
    /// Whether the answer is an error, whatever its status is.
    public var isError: Bool
    /// Ranges that are hidden from the client: sorted and disjoint.
    public var cuts: [Range<Int>]
    /// Bytes of text that the model wrote, for estimates.
    public var textBytes: Int64
    /// Whether the answer is an error that says that the request violates the upstream's policies.
    public var isPolicyError = false
    /// Identifiers of objects that the answer gives to its client.
    public var objects: [String] = []
}

/// Meters plain answers.
public enum AnswerMeter {
    /// Examines a whole answer. An answer that is not JSON has no usage, and all of it counts as text.
    ///
    /// - Parameters:
    ///   - counting: How the counts are read.
    ///   - objects: Objects of the upstream that the answer may name for the first time.
    public static func examine(
        _ body: Span<UInt8>, operation: Operation, counting: CountingRules, objects: ObjectsGiven = .none
    ) -> PlainAnswer {
        var scan = AnswerScan(text: .content)
        let start = JSONScanner.skipWhitespace(body, 0)
        do throws(JSONFault) {
            let end = try scan.scan(operation.upstreamProtocol, body, start)
            guard JSONScanner.skipWhitespace(body, end) == body.count else { throw JSONFault(offset: end) }
        } catch {
            return PlainAnswer(
                usage: nil, observed: MeteredUsage(.zero), isError: false, cuts: [], textBytes: Int64(body.count))
        }
        var usage = operation.upstreamProtocol.rules.usage(scan.report, operation, counting)
        if operation.generatesImages {
            let form = operation.upstreamProtocol.rules.pictureForm(body, start)
            usage = usage.adding(pictures: scan.images, form, counting)
        }
        let rules = operation.upstreamProtocol.rules
        let given =
            objects == .none ? [] : rules.givenObjects(body.extracting(start...), storesAnswer: objects == .all)
        return PlainAnswer(
            usage: usage, observed: scan.report.observed(counting), isError: scan.isError, cuts: scan.sortedCuts,
            textBytes: scan.textBytes,
            isPolicyError: scan.isError && PolicyError.isReported(in: body, operation.upstreamProtocol),
            objects: given)
    }
}

extension MeteredUsage? {
    /// Returns the usage with the pictures that were seen; nil if there is neither.
    ///
    /// - Parameter form: Size and quality of the pictures, as far as the answer names them.
    func adding(pictures: Int64, _ form: PictureForm?, _ rules: CountingRules) -> MeteredUsage? {
        guard pictures > 0 else { return self }
        var usage = self ?? MeteredUsage(.zero, terms: rules.askedTerms)
        usage.usage.pictures = pictures
        if let form {
            let asked = usage.terms.pictureForm.map(PictureForm.init(text:))
            let served = PictureForm(size: form.size ?? asked?.size, quality: form.quality ?? asked?.quality)
            usage.terms.pictureForm = served.text
        }
        return usage
    }
}
