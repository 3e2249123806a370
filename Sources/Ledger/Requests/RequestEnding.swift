/// Ending of an admitted request.
public enum RequestEnding: Int, Hashable, Sendable, CaseIterable {
    /// The upstream answered completely, even if with an error.
    case complete = 0
    /// The money ran out: the stream was ended early, as if by the client's own output limit.
    case cut = 1
    /// The client disconnected before the end.
    case disconnected = 2
    /// The upstream could not be reached, closed the connection or timed out.
    case failed = 3
    /// The gateway stopped while the request was in flight.
    case interrupted = 4

    /// Its name in the APIs.
    public var name: String { "\(self)" }
}

/// An attempt at an upstream whose answer was not passed on.
public struct FailedAttempt: Hashable, Sendable {
    /// Reason of the failure.
    public enum Reason: Hashable, Sendable {
        /// No connection could be made.
        case unreachable
        /// The connection closed before the answer.
        case closed
        /// The upstream answered with a status that is retried.
        case status(Int)
    }

    /// Reason of the failure.
    public var reason: Reason
    /// Duration in milliseconds.
    public var durationMilliseconds: Int64

    /// Creates a failed attempt.
    public init(reason: Reason, durationMilliseconds: Int64) {
        self.reason = reason
        self.durationMilliseconds = durationMilliseconds
    }
}
