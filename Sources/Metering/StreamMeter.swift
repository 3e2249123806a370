/// The result of ``StreamMeter/examine(_:allowance:)``.
public struct StreamExamination: Hashable, Sendable {
    /// Bytes of whole events; the rest is the beginning of the next.
    public var consumed: Int
    /// Ranges of them that are hidden from the client: sorted and disjoint, usually empty.
    public var cuts: [Range<Int>]
    /// The text became longer than the allowance: the bytes behind `consumed` were not examined.
    public var isOverAllowance = false
}

/// Meters a stream of server-sent events, and finds what has to be cut out of it.
///
/// Works on whole events: one that has not ended yet is to be offered again, with more behind it.
public struct StreamMeter: Sendable {
    private let operation: Operation
    private let dropsUsage: Bool
    private let counting: CountingRules
    private let objectsGiven: ObjectsGiven
    private var hasBegun = false
    private var report = UsageReport()
    private var framing = EventFraming()
    private var frame = StreamFrame()
    private var images: Int64 = 0

    /// Bytes of text that the model wrote so far, for estimates.
    public private(set) var textBytes: Int64 = 0
    /// Identifiers of objects that the events gave to their client since the last ``takeObjects()``.
    private var objects: [String] = []
    /// An event said that the stream is complete.
    public private(set) var hasEnded = false
    /// The model stopped: what follows is at most the usage.
    public private(set) var hasFinished = false
    /// An event was an error.
    public private(set) var errorSeen = false
    /// An event said that the request violates the upstream's policies.
    public private(set) var policyErrorSeen = false

    /// Creates a meter.
    ///
    /// - Parameters:
    ///   - dropUsageEvent: The gateway asked for usage and the client did not: the usage is cut.
    ///   - counting: How the counts are read.
    ///   - objects: Objects of the upstream that the events may name for the first time.
    public init(
        operation: Operation, dropUsageEvent: Bool, counting: CountingRules, objects: ObjectsGiven = .none
    ) {
        self.operation = operation
        self.counting = counting
        objectsGiven = objects
        dropsUsage = dropUsageEvent
    }

    /// The usage reported so far: the last value of each count. Images count where they are seen.
    public var usage: MeteredUsage? {
        operation.upstreamProtocol.rules.usage(report, operation, counting).adding(pictures: images)
    }

    /// What the stream shows beside tokens, whether or not it reports usage: terms, calls of hosted tools, its cost.
    public var observed: MeteredUsage { report.observed(counting) }

    /// Returns the events that end the stream here, as the model's own output limit would have ended it.
    ///
    /// - Parameters:
    ///   - usage: The usage to report to the client.
    ///   - choices: Number of answers in the stream.
    public func closing(usage: Usage, choices: Int64) -> String {
        operation.upstreamProtocol.rules.closing(
            frame, operation, usage: usage, showsUsage: !dropsUsage, choices: choices)
    }

    /// Returns the identifiers of objects that the events gave to their client since the last call.
    public mutating func takeObjects() -> [String] {
        defer { objects = [] }
        return objects
    }

    /// Examines the whole events at the start of some bytes.
    ///
    /// - Parameter allowance: Stops behind the event with which the text becomes longer than this, in bytes.
    public mutating func examine(_ bytes: Span<UInt8>, allowance: Int64 = .max) -> StreamExamination {
        var result = StreamExamination(consumed: 0, cuts: [])
        while let end = framing.endOfEvent(bytes, from: result.consumed) {
            let textBefore = textBytes
            examineEvent(bytes, result.consumed..<end, &result.cuts)
            result.consumed = end
            if textBytes > allowance, textBytes > textBefore {
                result.isOverAllowance = true
                framing.stop()
                return result
            }
        }
        framing.keepUnfinished(bytes.count - result.consumed)
        return result
    }

    private mutating func examineEvent(_ bytes: Span<UInt8>, _ event: Range<Int>, _ cuts: inout [Range<Int>]) {
        switch EventFraming.data(bytes, of: event) {
        case .none: break
        case .lines: examineLines(bytes, event, &cuts)
        case .line(let data) where bytes[data.lowerBound] == UInt8(ascii: "{"): examineData(bytes, data, event, &cuts)
        case .line(let data):
            if operation.upstreamProtocol.rules.isEndOfStream(bytes, data) {
                hasEnded = true
                hasFinished = true
            }
        }
    }

    private mutating func examineData(
        _ bytes: Span<UInt8>, _ data: Range<Int>, _ event: Range<Int>, _ cuts: inout [Range<Int>]
    ) {
        var scan = AnswerScan(text: operation.streamText, dropsUsage: dropsUsage, report: report)
        let slice = bytes.extracting(data)
        guard (try? scan.scan(operation.upstreamProtocol, slice, 0)) != nil else { return }
        take(scan)
        frame.follow(scan.event, slice)
        if scan.isError || scan.event.marker == .end, PolicyError.isReported(in: slice, operation.upstreamProtocol) {
            policyErrorSeen = true
        }
        if objectsGiven != .none { takeObjects(of: scan, slice) }
        if dropsUsage, scan.hasUsage, scan.event.carriesNoText {
            cuts.append(event)
            return
        }
        for cut in scan.sortedCuts {
            cuts.append(cut.lowerBound + data.lowerBound..<cut.upperBound + data.lowerBound)
        }
    }

    /// Reads the objects that an event gives: the first, the last, and those that begin a block or report usage may.
    private mutating func takeObjects(of scan: AnswerScan, _ data: Span<UInt8>) {
        let marker = scan.event.marker
        guard !hasBegun || marker == .end || marker == .blockStart || scan.hasUsage else { return }
        hasBegun = true
        objects += operation.upstreamProtocol.rules.givenObjects(data, storesAnswer: objectsGiven == .all)
    }

    /// Data over several lines is joined for metering. Members cannot be cut out of single lines: an event that names a
    /// price is cut as a whole.
    private mutating func examineLines(_ bytes: Span<UInt8>, _ event: Range<Int>, _ cuts: inout [Range<Int>]) {
        var scan = AnswerScan(text: operation.streamText, dropsUsage: dropsUsage, report: report)
        let joined = EventFraming.joinedData(bytes, of: event)
        guard (try? scan.scan(operation.upstreamProtocol, joined.span, 0)) != nil else { return }
        take(scan)
        if !scan.sortedCuts.isEmpty { cuts.append(event) }
    }

    private mutating func take(_ scan: AnswerScan) {
        report = scan.report
        textBytes += scan.textBytes
        if scan.event.marker == .end || scan.event.marker == .image { hasEnded = true }
        if hasEnded || scan.event.isFinished { hasFinished = true }
        if scan.event.marker == .image { images += 1 }
        if scan.isError { errorSeen = true }
    }
}
