/// How an admitted request ended, as its row says.
public enum RequestEnding: Int, Hashable, Sendable, CaseIterable {
    /// The upstream answered to the end, be it with an error.
    case complete = 0
    /// The money was gone: the stream was ended early, as if by the client's own limit.
    case cut = 1
    /// The client went away before the end.
    case disconnected = 2
    /// The upstream could not be reached, broke off or was too slow.
    case failed = 3
    /// The gateway stopped.
    case interrupted = 4

    /// As the APIs name it.
    public var name: String { "\(self)" }
}

/// An attempt to get an answer from an upstream that the client did not get.
public struct FailedAttempt: Hashable, Sendable {
    /// Why its answer was not passed on.
    public enum Reason: Hashable, Sendable {
        /// No connection could be made.
        case unreachable
        /// The connection closed before an answer came.
        case closed
        /// The upstream was overloaded or failing, and said so.
        case status(Int)
    }

    /// Why.
    public var reason: Reason
    /// How long it took, in milliseconds.
    public var durationMilliseconds: Int64

    /// Creates a failed attempt.
    public init(reason: Reason, durationMilliseconds: Int64) {
        self.reason = reason
        self.durationMilliseconds = durationMilliseconds
    }
}
