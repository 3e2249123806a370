import Accounts
import Ledger
import Metering
import Money
import Timekeeping

/// One request from its head to its end, for logs, metrics and traces.
///
/// Every request makes one: served, refused, interrupted, malformed, proxied or not. It holds no secret, no body and no
/// query.
public struct ExchangeRecord: Sendable {
    /// Ending of a request.
    public enum Ending: Hashable, Sendable {
        /// It was answered, also with an error of the upstream.
        case complete
        /// It was answered with an error of the gateway.
        case refused
        /// The money was spent: the stream ended early.
        case cut
        /// The client disconnected before the end.
        case disconnected
        /// The upstream was unreachable, broke off or was too slow.
        case failed
        /// The gateway stopped.
        case interrupted
    }

    /// Times of the phases, in nanoseconds of the monotonic clock; nil for a phase that was not reached.
    public struct Phases: Hashable, Sendable {
        /// The head was read.
        public var received: Int64
        /// Money was held, or the request was found to cost nothing, and it was forwarded.
        public var admitted: Int64?
        /// The head of the upstream's answer arrived, of the last attempt.
        public var upstreamAnswered: Int64?
        /// The head of the answer was written to the client.
        public var answered: Int64?
        /// Nothing more is read or written for the request.
        public var ended: Int64

        /// Creates the times of a request that was received.
        public init(received: Int64) {
            self.received = received
            ended = received
        }
    }

    /// When the head was read.
    public var receivedAt: Timestamp
    /// The identifier in the answer's header.
    public var requestID = ""
    /// The HTTP method; nil if the head could not be parsed.
    public var method: String?
    /// The path without its query, with segments redacted that look like secrets; nil if the head could not be parsed.
    public var path: String?
    /// The account of the presented key.
    public var accountID: AccountID?
    /// The public identifier of the presented key.
    public var keyID: UUIDv7?
    /// The operation, on a proxied path.
    public var operation: Operation?
    /// The model that was asked for.
    public var model: String?
    /// The status that the client got; 499 if it disconnected before an answer.
    public var status = 0
    /// The stable code of the gateway's own error.
    public var refusalCode: String?
    /// Ending of the request.
    public var ending = Ending.complete
    /// When each phase began.
    public var phases: Phases
    /// Bytes of the request's body that were read.
    public var bytesIn = 0
    /// Bytes of the answer's body that were written.
    public var bytesOut = 0
    /// Usage; nil if nothing was held.
    public var usage: Usage?
    /// Source of the usage.
    public var usageSource: UsageSource?
    /// Terms under which the upstream served the request.
    public var terms = ServiceTerms.standard
    /// Doubts about the usage.
    public var flags: UsageFlags = []
    /// Amount charged to the payer.
    public var cost: NanoUSD?
    /// Attempts whose answer was not passed on.
    public var failedAttempts: [FailedAttempt] = []
    /// Attempts in all; zero if nothing was forwarded.
    public var attempts = 0

    /// Creates the record of a request that was received.
    ///
    /// - Parameter received: Nanoseconds of the monotonic clock.
    public init(receivedAt: Timestamp, received: Int64) {
        self.receivedAt = receivedAt
        phases = Phases(received: received)
    }
}

/// Gets the record of every request that has ended.
public protocol ExchangeObserver: Sendable {
    /// Takes a record. Called on the request's event loop: it must not block.
    func requestEnded(_ record: ExchangeRecord)
}
