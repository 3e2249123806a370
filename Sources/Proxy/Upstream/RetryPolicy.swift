import Ledger

/// Why an attempt at an upstream failed.
enum AttemptFailure: Hashable, Sendable {
    /// No connection could be made.
    case unreachable(timedOut: Bool)
    /// A reused connection closed before a byte of an answer: the upstream had closed it before the request arrived.
    case staleConnection
    /// The connection closed, or the answer could not be used, after the request was sent on it.
    case brokenOff
    /// The answer's head, or a part of it, did not come in time.
    case timedOut
    /// The upstream answered that it is overloaded or failing.
    ///
    /// - Parameter retryAfter: The seconds that it asked to be left alone.
    case status(Int, retryAfter: Int64?)
    /// The upstream refuses a field that only the gateway added to the request.
    case optionRefused(status: Int)

    /// The reason as the ledger records it.
    var recorded: FailedAttempt.Reason {
        switch self {
        case .unreachable: .unreachable
        case .staleConnection, .brokenOff, .timedOut: .closed
        case .status(let status, _), .optionRefused(let status): .status(status)
        }
    }
}

/// Decides whether a failed attempt is followed by another, and after which pause.
///
/// A request is sent again only if the upstream certainly did not serve it (no connection, a stale connection, a status
/// that says so): a second attempt at a request that was served would be charged twice by the upstream.
struct RetryPolicy: Hashable, Sendable {
    /// Attempts at one request, the first included. A stale connection is replaced even beyond them, because the request
    /// never reached the upstream, and so is a request whose added field was refused, because its client sent another one.
    var attempts: Int
    /// Pause before the second attempt, in nanoseconds; it doubles with each further one.
    var firstPause: Int64 = 250_000_000
    /// Longest pause before an attempt, in nanoseconds. An upstream that asks for more is not tried again.
    var longestPause: Int64

    /// What to do after a failure.
    enum Decision: Hashable {
        /// Try again after a pause, in nanoseconds.
        case retry(after: Int64)
        /// Do not try again.
        case giveUp(Reason)
    }

    /// Why a request is not tried again.
    enum Reason: Hashable {
        /// The client has been sent a part of the answer.
        case answerBegan
        /// The upstream may have served, and charged, the request.
        case mayHaveBeenServed
        /// All attempts that are allowed have been made.
        case attemptsUsed
        /// The pause would be longer than a client should wait.
        case pauseTooLong
    }

    /// Returns what follows a failed attempt.
    ///
    /// - Parameters:
    ///   - failures: Attempts at the same request that failed before this one.
    ///   - answerBegan: The client has been sent a part of the answer.
    func decide(after failure: AttemptFailure, failures: Int, answerBegan: Bool) -> Decision {
        guard !answerBegan else { return .giveUp(.answerBegan) }
        let asked: Int64?
        switch failure {
        case .staleConnection, .optionRefused: return .retry(after: 0)
        case .brokenOff, .timedOut: return .giveUp(.mayHaveBeenServed)
        case .unreachable: asked = nil
        case .status(_, let seconds): asked = seconds
        }
        guard failures + 1 < attempts else { return .giveUp(.attemptsUsed) }
        let pause = asked.map { $0 * 1_000_000_000 } ?? firstPause << Int64(min(failures, 10))
        return pause <= longestPause ? .retry(after: pause) : .giveUp(.pauseTooLong)
    }
}
