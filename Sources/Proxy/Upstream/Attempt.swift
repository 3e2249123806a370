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
    /// What has come of the answer; changed only here and in `Attempt+Answer.swift`, like what follows.
    var answer = UpstreamAnswer.none
    var decoder: AnswerDecoder?
    /// Makes a stream of the answer if it turns out to be one; nil if the client did not ask for one.
    var meter: StreamMeter?
    /// The stream was stopped at its allowance: bytes that have come are not examined yet.
    var isHeldUp = false
    /// Monotonic nanoseconds at which a stream begins for the client although nothing has shown whether the upstream serves it.
    var streamDeadline = Int64.max
    /// Why it failed, if it did.
    private(set) var failure: AttemptFailure?
    /// When the request was sent, in monotonic nanoseconds.
    private var sentAt: Int64?
    /// When the first text of a stream came, in monotonic nanoseconds.
    private var firstTextAt: Int64?
    /// Monotonic nanoseconds at which the upstream is too slow.
    var deadline = Int64.max

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
        (deadline, streamDeadline) = (.max, .max)
        return connection.take()
    }

    /// Closes the connection, if the answer is not complete.
    mutating func close() {
        (deadline, streamDeadline) = (.max, .max)
        connection.take()?.close()
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
        case .status, .optionRefused: break
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

    enum Report {
        case answered(HTTPResponseHead)
        case failed(String)
    }

    func report(_ report: Report, now: Int64) {
        switch report {
        case .answered(let head): lane.health.answered(head, now: now)
        case .failed(let reason): lane.health.failed(reason, now: now)
        }
    }
}
