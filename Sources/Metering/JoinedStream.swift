/// A stream that answers a request which did not ask for one: metered like any stream, and joined to the plain answer that the
/// request did ask for.
public struct JoinedStream: Sendable {
    /// The meter, behind the last event.
    public private(set) var meter: StreamMeter
    /// The plain answer; nil if the stream does not hold a whole one.
    public private(set) var answer: [UInt8]?
    /// The first error in the stream.
    public private(set) var failure: ProtocolError?
    /// The error came before anything that shows that the upstream serves the request.
    public private(set) var failsAtOnce = false

    /// Joins a whole stream.
    public init(_ stream: [UInt8], operation: Operation, counting: CountingRules) {
        meter = StreamMeter(operation: operation, dropUsageEvent: false, counting: counting)
        // The last event may lack its blank line.
        let events = stream + Array("\n\n".utf8)
        var position = 0
        while failure == nil, position < events.count {
            let examination = meter.examine(events.span.extracting(position..<events.count))
            failure = examination.failure
            failsAtOnce = examination.failsAtOnce
            position += examination.consumed
            if examination.consumed == 0 { break }
        }
        guard failure == nil else { return }
        answer = Self.join(events, operation)
    }

    private static func join(_ events: [UInt8], _ operation: Operation) -> [UInt8]? {
        let rules = operation.upstreamProtocol.rules
        let answer = JSONNode(.object)
        var framing = EventFraming()
        var position = 0
        while let end = framing.endOfEvent(events.span, from: position) {
            defer { position = end }
            let node: JSONNode? =
                switch EventFraming.data(events.span, of: position..<end) {
                case .none: nil
                case .line(let data): try? JSONNode(parsing: events.span.extracting(data))
                case .lines: try? JSONNode(parsing: EventFraming.joinedData(events.span, of: position..<end).span)
                }
            if let node, node.kind == .object { rules.join(node, to: answer, operation) }
        }
        guard let joined = rules.joinedAnswer(answer, operation) else { return nil }
        var bytes: [UInt8] = []
        joined.write(into: &bytes)
        return bytes
    }
}
