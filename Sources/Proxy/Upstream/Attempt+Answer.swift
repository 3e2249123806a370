import Accounts
import Codings
import Metering
import NIOCore
import NIOHTTP1

/// The answer of an attempt: out of its codings, as a stream or whole by its first bytes, event by event.
extension Attempt {
    /// Takes the head of the answer.
    ///
    /// - Parameters:
    ///   - meter: Makes the meter of a stream; nil if the client did not ask for one.
    ///   - limits: Limits of size and time.
    ///   - requestID: The request, for errors in a stream.
    mutating func began(
        _ head: HTTPResponseHead, meter: StreamMeter?, limits: ProxyConfiguration, requestID: UUIDv7, now: Int64
    ) {
        deadline = now + limits.idleTimeout.nanoseconds
        report(.answered(head), now: now)
        let isFailure = !(200..<300).contains(head.status.code)
        // An error may have the status of an answer, but is JSON.
        let raw = isFailure || head.headers.isJSON ? nil : meter.flatMap { $0.isRaw ? $0 : nil }
        decoder = AnswerDecoder(head, limit: limits.maximumAnswerBody, isRaw: raw != nil)
        if isFailure {
            answer = .failure(head, ByteBuffer())
            return
        }
        if let raw {
            answer = .stream(StreamAnswer(head: head, meter: raw, requestID: requestID))
            return
        }
        guard let meter, !meter.isRaw else {
            answer = .whole(head, ByteBuffer())
            return
        }
        self.meter = meter
        streamDeadline = now + limits.pingInterval.nanoseconds
        answer = .whole(head, ByteBuffer())
    }

    /// A part of the answer came: the next may take as long again.
    mutating func continued(_ bytes: ByteBuffer, idleDeadline: Int64) {
        deadline = idleDeadline
        decoder?.append(bytes)
    }

    /// The answer has come to its end: what has not been examined yet is all that follows.
    mutating func ended() { decoder?.end() }

    /// The next thing that has become of the answer.
    enum Progress {
        /// Nothing: everything is examined that has come.
        case needsMore
        /// A part is collected.
        case collected
        /// Events of a stream.
        case events(StreamAnswer.Passage)
        /// It is decided before its end: it is an error.
        case complete
        /// It cannot be used.
        case unusable(UnusableAnswer)
    }

    /// Examines the next bytes of the answer.
    ///
    /// - Parameters:
    ///   - limit: Maximum size of an answer that is no stream, in bytes.
    ///   - requestID: The request, for errors in a stream.
    mutating func advance(limit: Int, shape: UpstreamProtocol, requestID: UUIDv7, now: Int64) -> Progress {
        if isHeldUp { return pass(ByteBuffer(), shape: shape, requestID: requestID, now: now) }
        switch decoder?.next() ?? .needsMore {
        case .needsMore: return .needsMore
        case .fault(let fault): return dropUndecodable(fault)
        case .bytes(let bytes):
            guard let events = take(bytes, requestID: requestID) else {
                if case .whole(_, let body) = answer, body.readableBytes > limit { return .unusable(.tooLarge) }
                return .collected
            }
            return pass(events, shape: shape, requestID: requestID, now: now)
        }
    }

    /// Takes decoded bytes, and returns them if they belong to a stream.
    private mutating func take(_ bytes: ByteBuffer, requestID: UUIDv7) -> ByteBuffer? {
        // Moved out and back in, so that the buffer is not copied when it grows.
        let current = answer
        answer = .none
        switch current {
        case .none, .joined, .undecodable: answer = current
        case .stream:
            answer = current
            return bytes
        case .whole(let head, var body):
            body.takeOrWrite(bytes)
            if let meter = takeMeter(head, body) {
                answer = .stream(StreamAnswer(head: head, meter: meter, requestID: requestID))
                return body
            }
            answer = .whole(head, body)
        case .failure(let head, var body):
            let length = min(bytes.readableBytes, UpstreamErrorPolicy.maximumBody - body.readableBytes)
            if let slice = bytes.getSlice(at: bytes.readerIndex, length: length) { body.writeImmutableBuffer(slice) }
            answer = .failure(head, body)
        }
        return nil
    }

    /// Returns the meter of the stream that the client asked for, if the answer is one by its first bytes.
    private mutating func takeMeter(_ head: HTTPResponseHead, _ body: ByteBuffer) -> StreamMeter? {
        guard let meter else { return nil }
        let form = AnswerForm.of(body.readableBytesUInt8Span)
        if case .undecided = form { return nil }
        self.meter = nil
        switch form {
        case .events: return meter
        case .array where meter.framing == .array: return meter
        case .other where head.headers.isEventStream: return meter
        case .json, .array, .other, .undecided:
            streamDeadline = .max
            return nil
        }
    }

    private mutating func pass(
        _ bytes: ByteBuffer, shape: UpstreamProtocol, requestID: UUIDv7, now: Int64
    ) -> Progress {
        guard let passage = withStream({ $0.pass(bytes) }) else { return .needsMore }
        isHeldUp = passage.isOverAllowance
        if passage.hasText { sawText(now: now) }
        if let refusal = passage.refusal, case .stream(let stream) = answer {
            refuse(stream.head, refusal, shape: shape, requestID: requestID, now: now)
            return .complete
        }
        return passage.isTooLarge ? .unusable(.eventTooLarge) : .events(passage)
    }

    /// Returns the last events of a stream that ended before one showed whether the upstream serves it.
    mutating func endOpening(shape: UpstreamProtocol, requestID: UUIDv7, now: Int64) -> StreamAnswer.Passage? {
        guard let rest = withStream({ $0.hasBegun ? nil : $0.end() }) ?? nil else { return nil }
        if let refusal = rest.refusal, case .stream(let stream) = answer {
            refuse(stream.head, refusal, shape: shape, requestID: requestID, now: now)
        }
        return rest
    }

    /// Joins an answer that is a stream although the client did not ask for one.
    ///
    /// - Parameter counting: How the counts are read; evaluated only for such an answer.
    mutating func joinEvents(
        _ operation: Operation, counting: @autoclosure () -> CountingRules, requestID: UUIDv7, now: Int64
    ) {
        guard operation.mayBeJoined, case .whole(var head, let body) = answer,
            case .events = AnswerForm.of(body.readableBytesUInt8Span)
        else { return }
        let joined = JoinedStream(Array(body.readableBytesView), operation: operation, counting: counting())
        if let failure = joined.failure, joined.failsAtOnce {
            refuse(head, failure, shape: operation.upstreamProtocol, requestID: requestID, now: now)
        } else {
            head.headers.replaceOrAdd(name: HeaderName.contentType, value: "application/json")
            answer = .joined(head, joined)
        }
    }

    /// Makes the answer the error that the upstream sent in place of a stream: as if its status had said so.
    private mutating func refuse(
        _ head: HTTPResponseHead, _ error: ProtocolError, shape: UpstreamProtocol, requestID: UUIDv7, now: Int64
    ) {
        var head = head
        head.status = HTTPResponseStatus(statusCode: error.status)
        head.headers.replaceOrAdd(name: HeaderName.contentType, value: "application/json")
        answer = .failure(head, ByteBuffer(string: shape.errorBody(error, requestID: requestID.requestText)))
        report(.failed("status \(error.status) in the first event"), now: now)
        close()
    }

    /// Drops an answer that cannot be decoded; what a stream has been metered by stays.
    private mutating func dropUndecodable(_ fault: DecodingFault) -> Progress {
        switch answer {
        // A stream may lack the end of its coding, not the end of its content.
        case .stream(let stream) where fault == .truncated && stream.meter.hasEnded: return .needsMore
        case .failure(let head, _):
            answer = .failure(head, ByteBuffer())
            close()
            return .complete
        case .none, .whole: answer = .undecodable
        case .stream, .joined, .undecodable: break
        }
        return .unusable(.undecodable(fault))
    }

    /// Begins a stream whose first events do not show for too long whether the upstream serves it, so that events that keep it
    /// alive can be sent.
    ///
    /// - Returns: Whether it begins now.
    mutating func beginOverdueStream(now: Int64, requestID: UUIDv7) -> Bool {
        guard now > streamDeadline else { return false }
        streamDeadline = .max
        if let meter, case .whole(let head, let body) = answer, body.readableBytes == 0, !head.headers.isJSON {
            self.meter = nil
            answer = .stream(StreamAnswer(head: head, meter: meter, requestID: requestID))
        }
        return withStream { $0.begin() } ?? false
    }

    /// Changes the stream, if the answer is one.
    @discardableResult
    mutating func withStream<Result>(_ body: (inout StreamAnswer) -> Result) -> Result? {
        guard case .stream(var stream) = answer else { return nil }
        // Moved out and back in, so that its buffers are not copied when they grow.
        answer = .none
        defer { answer = .stream(stream) }
        return body(&stream)
    }

    /// Allows a stream this many bytes of text before its cost is computed again.
    mutating func allowText(_ bytes: Int64) { withStream { $0.allowance = bytes } }

    /// Allows a stream as much text as is read ahead of the hold.
    mutating func allowReadAhead() { withStream { $0.allowReadAhead() } }

    /// Returns why a complete answer counts as a failed attempt, if it does.
    ///
    /// - Parameter addedOption: The field of the request that only the gateway added.
    func failureOfAnswer(addedOption: String?) -> AttemptFailure? {
        guard case .failure(let head, let body) = answer else { return nil }
        if let addedOption, UpstreamErrorPolicy.refuses(addedOption, head, body) {
            lane.health.refuseUsageOption()
            return .optionRefused(status: Int(head.status.code))
        }
        guard UpstreamErrorPolicy.isWorthRetrying(head, body) else { return nil }
        return .status(Int(head.status.code), retryAfter: UpstreamErrorPolicy.retryAfter(head))
    }

    /// Returns what came of the answer, and forgets it.
    mutating func takeAnswer() -> UpstreamAnswer {
        isHeldUp = false
        defer { answer = .none }
        return answer
    }
}

/// Why an answer cannot be used.
enum UnusableAnswer {
    case tooLarge
    case eventTooLarge
    case undecodable(DecodingFault)

    /// The reason, for the operator.
    var reason: String {
        switch self {
        case .tooLarge: "answer is larger than the limit"
        case .eventTooLarge: "event is larger than \(StreamRelay.maximumEvent) bytes"
        case .undecodable(let fault): "answer cannot be decoded (\(fault)); its input is charged"
        }
    }

    /// Whether the operator has to look after the upstream.
    var isAlarm: Bool {
        if case .undecodable = self { true } else { false }
    }
}
