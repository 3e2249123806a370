/// The result of ``StreamMeter/examine(_:allowance:)``.
public struct StreamExamination: Hashable, Sendable {
    /// Bytes of whole events; the rest is the beginning of the next.
    public var consumed: Int
    /// Ranges of them that are hidden from the client: sorted and disjoint, usually empty.
    public var cuts: [Range<Int>]
    /// The text became longer than the allowance: the bytes behind `consumed` were not examined.
    public var isOverAllowance = false
    /// The last event that was consumed is an error, and among the cuts: the bytes behind it were not examined. What the client
    /// gets for it is ``StreamMeter/errorEvent(_:requestID:)``.
    public var failure: ProtocolError?
    /// No event before the error showed that the upstream serves the request.
    public var failsAtOnce = false
}

/// Meters a stream of events, and finds what has to be cut out of it.
///
/// Works on whole events: one that has not ended yet is to be offered again, with more behind it.
public struct StreamMeter: Sendable {
    private let operation: Operation
    private let dropsUsage: Bool
    private let counting: CountingRules
    /// Whether the stream is not of events: its bytes are passed on as they come.
    public let isRaw: Bool
    private let objectsGiven: ObjectsGiven
    private var hasBegun = false
    private var report = UsageReport()
    private var frame: StreamFrame
    private var images: Int64 = 0
    private var pictureForm: PictureForm?

    /// Bytes of text that the model wrote so far, for estimates.
    public private(set) var textBytes: Int64 = 0
    /// Identifiers of objects that the events gave to their client since the last ``takeObjects()``.
    private var objects: [String] = []
    /// No event has shown yet whether the upstream serves the request: only comments and preambles have come. If the first event
    /// that shows it is an error, the upstream has served nothing.
    public private(set) var isOpening = true
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
    ///   - framing: How the events are told apart.
    ///   - objects: Objects of the upstream that the events may name for the first time.
    ///   - isRaw: Whether the stream is not of events.
    public init(
        operation: Operation, dropUsageEvent: Bool, counting: CountingRules, framing: StreamFraming = .events,
        objects: ObjectsGiven = .none, isRaw: Bool = false
    ) {
        self.isRaw = isRaw
        self.operation = operation
        self.counting = counting
        frame = StreamFrame(MessageFraming(framing))
        objectsGiven = objects
        dropsUsage = dropUsageEvent
    }

    /// The usage reported so far: the last value of each count. Images count where they are seen.
    public var usage: MeteredUsage? {
        operation.upstreamProtocol.rules.usage(report, operation, counting).adding(
            pictures: images, pictureForm, counting)
    }

    /// What the stream shows beside tokens, whether or not it reports usage: terms, calls of hosted tools, its cost.
    public var observed: MeteredUsage { report.observed(counting) }

    /// How the events are told apart.
    public var framing: StreamFraming { frame.framing.kind }

    /// A text that may stand between two events, keeps a silent stream open and means nothing to clients.
    public var keepAlive: String { operation.upstreamProtocol.rules.keepAlive(in: frame) }

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

    /// Returns an error as an event of this stream.
    public func errorEvent(_ error: ProtocolError, requestID: String) -> String {
        operation.upstreamProtocol.rules.errorEvent(error, operation, frame, requestID: requestID)
    }

    /// Examines the whole events at the start of some bytes.
    ///
    /// - Parameter allowance: Stops behind the event with which the text becomes longer than this, in bytes.
    public mutating func examine(_ bytes: Span<UInt8>, allowance: Int64 = .max) -> StreamExamination {
        guard !isRaw else {
            // Not text, but the answer has begun; only the end of the message says that it is complete.
            textBytes += Int64(bytes.count)
            isOpening = false
            hasFinished = true
            return StreamExamination(consumed: bytes.count, cuts: [])
        }
        var result = StreamExamination(consumed: 0, cuts: [])
        while let end = frame.framing.endOfMessage(bytes, from: result.consumed) {
            let textBefore = textBytes
            let wasOpening = isOpening
            result.failure = examineEvent(bytes, result.consumed..<end, &result.cuts)
            result.consumed = end
            if result.failure != nil {
                result.failsAtOnce = wasOpening
                frame.framing.stop()
                return result
            }
            if textBytes > allowance, textBytes > textBefore {
                result.isOverAllowance = true
                frame.framing.stop()
                return result
            }
        }
        frame.framing.keepUnfinished(bytes.count - result.consumed)
        return result
    }

    private mutating func examineEvent(
        _ bytes: Span<UInt8>, _ event: Range<Int>, _ cuts: inout [Range<Int>]
    ) -> ProtocolError? {
        guard framing == .events else { return examineElement(bytes, event, &cuts) }
        switch EventFraming.data(bytes, of: event) {
        case .none: return nil
        case .lines: return examineLines(bytes, event, &cuts)
        case .line(let data) where bytes[data.lowerBound] == UInt8(ascii: "{"):
            return examineData(bytes, data, event, &cuts)
        case .line(let data):
            isOpening = false
            if operation.upstreamProtocol.rules.isEndOfStream(bytes, data) {
                hasEnded = true
                hasFinished = true
            }
            return nil
        }
    }

    private mutating func examineElement(
        _ bytes: Span<UInt8>, _ message: Range<Int>, _ cuts: inout [Range<Int>]
    ) -> ProtocolError? {
        if frame.framing.array.hasEnded {
            hasEnded = true
            hasFinished = true
        }
        guard let data = frame.framing.array.element, bytes[data.lowerBound] == UInt8(ascii: "{") else { return nil }
        return examineData(bytes, data, message, &cuts)
    }

    private mutating func examineData(
        _ bytes: Span<UInt8>, _ data: Range<Int>, _ event: Range<Int>, _ cuts: inout [Range<Int>]
    ) -> ProtocolError? {
        var scan = AnswerScan(text: operation.streamText, dropsUsage: dropsUsage, report: report)
        let slice = bytes.extracting(data)
        guard (try? scan.scan(operation.upstreamProtocol, slice, 0)) != nil else { return nil }
        take(scan)
        if scan.event.marker == .image { pictureForm = operation.upstreamProtocol.rules.pictureForm(slice, 0) }
        frame.follow(scan.event, slice)
        if scan.isError || scan.event.marker == .end, PolicyError.isReported(in: slice, operation.upstreamProtocol) {
            policyErrorSeen = true
        }
        if objectsGiven != .none { takeObjects(of: scan, slice) }
        if let failure = failure(scan, slice) {
            cuts.append(event)
            return failure
        }
        if dropsUsage, scan.hasUsage, scan.event.carriesNoText {
            cuts.append(event)
            return nil
        }
        for cut in scan.sortedCuts {
            cuts.append(cut.lowerBound + data.lowerBound..<cut.upperBound + data.lowerBound)
        }
        return nil
    }

    /// Returns the error that an event reports, unless the stream has begun and the client can read the error as it is: in the
    /// protocol's own form, or as an element of an array, whose end follows.
    private mutating func failure(_ scan: AnswerScan, _ data: Span<UInt8>) -> ProtocolError? {
        let wasOpening = isOpening
        if scan.event.marker != .preamble { isOpening = false }
        let isReadable = scan.event.marker == .failed || framing == .array
        guard scan.isError, wasOpening || !isReadable else { return nil }
        return ProtocolError(inEvent: data, of: operation.upstreamProtocol)
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
    private mutating func examineLines(
        _ bytes: Span<UInt8>, _ event: Range<Int>, _ cuts: inout [Range<Int>]
    ) -> ProtocolError? {
        var scan = AnswerScan(text: operation.streamText, dropsUsage: dropsUsage, report: report)
        let joined = EventFraming.joinedData(bytes, of: event)
        guard (try? scan.scan(operation.upstreamProtocol, joined.span, 0)) != nil else { return nil }
        take(scan)
        let failure = failure(scan, joined.span)
        if failure != nil || !scan.sortedCuts.isEmpty { cuts.append(event) }
        return failure
    }

    private mutating func take(_ scan: AnswerScan) {
        report = scan.report
        textBytes += scan.textBytes
        switch scan.event.marker {
        case .end, .failed, .image: hasEnded = true
        case .none, .preamble, .error, .blockStart, .blockStop, .itemDone: break
        }
        if hasEnded || scan.event.isFinished { hasFinished = true }
        if scan.event.marker == .image { images += 1 }
        if scan.isError { errorSeen = true }
    }
}
