import Accounts
import Ledger
import Metering
import NIOCore
import NIOHTTP1

/// One try at an upstream: its connection, its deadline, what has come of the answer, and why it failed.
///
/// The only place that tells an upstream's health how attempts went. Its methods call nobody who could call the exchange
/// back, so that an exchange can hold it as a value.
struct Attempt {
    /// The upstream that is tried, and its connections.
    let lane: UpstreamPool
    /// When it began, in monotonic nanoseconds.
    let startedAt: Int64
    /// The connection, once there is one and until it is released or closed.
    private(set) var connection: UpstreamConnection?
    private(set) var answer = UpstreamAnswer.none
    /// Why it failed, if it did.
    private(set) var failure: AttemptFailure?
    /// When the request was sent, in monotonic nanoseconds.
    private var sentAt: Int64?
    /// When the first text of a stream came, in monotonic nanoseconds.
    private var firstTextAt: Int64?
    /// Monotonic nanoseconds at which the upstream is too slow.
    private var deadline = Int64.max

    init(lane: UpstreamPool, now: Int64) {
        self.lane = lane
        startedAt = now
    }

    // MARK: Connection

    /// Takes the connection that the request will be sent on.
    mutating func connected(_ connection: UpstreamConnection) { self.connection = connection }

    /// The request is being sent.
    mutating func sent(now: Int64, headDeadline: Int64) {
        sentAt = now
        deadline = headDeadline
    }

    /// Returns the connection for the pool: the answer is complete, or nothing was sent.
    mutating func takeConnection() -> UpstreamConnection? {
        deadline = .max
        return connection.take()
    }

    /// Closes the connection, if the answer is not complete.
    mutating func close() {
        deadline = .max
        connection.take()?.close()
    }

    // MARK: Answer

    /// Takes the head of the answer.
    ///
    /// - Parameter meter: Makes the meter of a stream; nil if the client did not ask for one.
    mutating func began(_ head: HTTPResponseHead, meter: StreamMeter?, now: Int64, idleDeadline: Int64) {
        deadline = idleDeadline
        report(.answered(head), now: now)
        guard (200..<300).contains(head.status.code) else {
            answer = .failure(head, ByteBuffer())
            return
        }
        if let meter, head.isEventStream {
            answer = .stream(StreamAnswer(head: head, meter: meter))
        } else {
            answer = .whole(head, ByteBuffer())
        }
    }

    /// Takes a part of an answer that is collected; a stream's parts go through `pass`.
    ///
    /// - Returns: Whether the answer is not larger than `limit`, in bytes.
    mutating func collect(_ bytes: ByteBuffer, limit: Int) -> Bool {
        // Moved out and back in, so that the buffer is not copied when it grows.
        let current = answer
        answer = .none
        switch current {
        case .none, .stream:
            answer = current
            return true
        case .whole(let head, var body):
            body.writeImmutableBuffer(bytes)
            let isWithinLimit = body.readableBytes <= limit
            answer = .whole(head, body)
            return isWithinLimit
        case .failure(let head, var body):
            let length = min(bytes.readableBytes, UpstreamErrorPolicy.maximumBody - body.readableBytes)
            if let slice = bytes.getSlice(at: bytes.readerIndex, length: length) { body.writeImmutableBuffer(slice) }
            answer = .failure(head, body)
            return true
        }
    }

    /// A part of the answer came: the next may take as long again.
    mutating func continued(idleDeadline: Int64) { deadline = idleDeadline }

    /// Changes the stream, if the answer is one.
    @discardableResult
    mutating func withStream<Result>(_ body: (inout StreamAnswer) -> Result) -> Result? {
        guard case .stream(var stream) = answer else { return nil }
        // Moved out and back in, so that its buffers are not copied when they grow.
        answer = .none
        defer { answer = .stream(stream) }
        return body(&stream)
    }

    /// Bytes of text that a stream may have before its cost is computed again.
    var textAllowance: Int64? {
        guard case .stream(let stream) = answer else { return nil }
        return stream.allowance
    }

    /// Allows a stream this many bytes of text before its cost is computed again.
    mutating func allowText(_ bytes: Int64) { withStream { $0.allowance = bytes } }

    /// Allows a stream as much text as is read ahead of the hold.
    mutating func allowReadAhead() { withStream { $0.allowReadAhead() } }

    /// Returns why a complete answer counts as a failed attempt, if it does.
    var failureOfAnswer: AttemptFailure? {
        guard case .failure(let head, let body) = answer, UpstreamErrorPolicy.isWorthRetrying(head, body) else {
            return nil
        }
        return .status(Int(head.status.code), retryAfter: UpstreamErrorPolicy.retryAfter(head))
    }

    /// Returns what came of the answer, and forgets it.
    mutating func takeAnswer() -> UpstreamAnswer {
        defer { answer = .none }
        return answer
    }

    /// A stream has text.
    mutating func sawText(now: Int64) { firstTextAt = firstTextAt ?? now }

    /// Returns how long the upstream worked on the request without showing any text, in nanoseconds; nil if it was not sent
    /// or the attempt has failed.
    func silence(now: Int64) -> Int64? {
        guard let sentAt, failure == nil else { return nil }
        return max(0, (firstTextAt ?? now) - sentAt)
    }

    // MARK: Failure

    /// Ends the attempt as failed: closes its connection and tells the upstream's health.
    ///
    /// - Parameter reason: For the operator.
    mutating func fail(_ failure: AttemptFailure, reason: String, now: Int64) {
        self.failure = failure
        close()
        switch failure {
        // The upstream has said so in the head of its answer.
        case .status: break
        // It closed a connection that nobody used: that is no failure of the upstream.
        case .staleConnection: break
        case .unreachable, .brokenOff, .timedOut: report(.failed(reason), now: now)
        }
    }

    /// Ends the attempt as failed: its connection closed before the answer was complete.
    mutating func closed(now: Int64) -> AttemptFailure {
        var failure = AttemptFailure.brokenOff
        if case .none = answer, (connection?.requests ?? 0) > 1 { failure = .staleConnection }
        fail(failure, reason: "closed before its answer was complete", now: now)
        return failure
    }

    /// Ends the attempt as failed, if the upstream is too slow.
    ///
    /// - Returns: The failure, if so.
    mutating func checkDeadline(now: Int64) -> AttemptFailure? {
        guard now > deadline else { return nil }
        fail(.timedOut, reason: "timed out", now: now)
        return .timedOut
    }

    /// Returns the failed attempt as the ledger records it.
    func record(now: Int64) -> FailedAttempt? {
        failure.map { FailedAttempt(reason: $0.recorded, durationMilliseconds: (now - startedAt) / 1_000_000) }
    }

    // MARK: Health

    private enum Report {
        case answered(HTTPResponseHead)
        case failed(String)
    }

    private func report(_ report: Report, now: Int64) {
        switch report {
        case .answered(let head): lane.health.answered(head, now: now)
        case .failed(let reason): lane.health.failed(reason, now: now)
        }
    }
}

extension HTTPResponseHead {
    fileprivate var isEventStream: Bool {
        headers.first(name: HeaderName.contentType)?.lowercased().hasPrefix("text/event-stream") ?? false
    }
}
