/// The life of one proxied request, as a value that decides and does nothing.
///
///     receiving -> connecting -> sent -> answering -> complete
///
/// Events go in, one action comes out; `Exchange` performs it. Two promises are kept here and nowhere else:
/// no byte of an answer leaves before the hold is durable, and an admitted exchange finishes exactly once,
/// after its hold is known to be durable or to have failed.
struct ExchangeMachine {
    /// How far the exchange has come.
    enum Stage: Equatable {
        /// The request's body is being read; nothing is held yet.
        case receiving
        /// Admitted; a connection to the upstream is being found.
        case connecting
        /// An attempt failed; another follows after a pause.
        case pausing
        /// The request is on its way; nothing of an answer has come.
        case sent
        /// The answer is coming.
        case answering
        /// Over.
        case complete
    }

    /// How an admitted exchange ended.
    enum Ending: Equatable {
        /// The upstream answered to the end.
        case answered
        /// No connection to the upstream could be made.
        case unreachable
        /// The upstream's connection broke before its answer was complete.
        case broken
        /// The upstream was too slow.
        case timedOut
        /// The money is gone: the stream ends early, as if the model had reached its limit.
        case cut
        /// The client went away, and the upstream was cancelled or could not be waited for.
        case clientGone
        /// The hold could not be written.
        case holdFailed
        /// The gateway is stopping and cannot wait longer.
        case stopping
    }

    /// What to do next.
    enum Action: Equatable {
        /// Nothing yet.
        case wait
        /// Find a connection to the upstream.
        case connect
        /// Wait a little, then try the upstream again.
        case pause
        /// Send the request on the connection that was found.
        case send
        /// Give the connection back unused.
        case returnConnection
        /// Let the answer go to the client: first what was kept back, from now on everything.
        case release
        /// Go on reading the upstream's answer for its usage, for a client that is gone.
        case drain
        /// Close the upstream's connection, and wait for the hold.
        case cancel
        /// Close what is left of the upstream's connection, settle and say goodbye to the client.
        case finish(Ending)
        /// Forget the exchange: nothing was held.
        case forget
    }

    private enum HoldState { case none, writing, durable, failed }

    private(set) var stage = Stage.receiving
    private(set) var isClientPresent = true
    private var hold = HoldState.none
    private var isReleased = false
    private var ending: Ending?

    /// The hold is durable, or failed.
    var isHoldKnown: Bool { hold == .durable || hold == .failed }

    /// The hold is durable.
    var isHoldDurable: Bool { hold == .durable }

    /// The upstream's answer may go to the client as it comes.
    var isRelaying: Bool { isReleased && isClientPresent && stage == .answering }

    /// The request was admitted; its hold is being written.
    mutating func admitted() -> Action {
        stage = .connecting
        hold = .writing
        return .connect
    }

    /// The request costs nothing and holds nothing.
    mutating func admittedWithoutHold() -> Action {
        stage = .connecting
        hold = .durable
        return .connect
    }

    /// A connection to the upstream was found.
    mutating func connected() -> Action {
        guard stage == .connecting, ending == nil else { return .returnConnection }
        stage = .sent
        return .send
    }

    /// No connection to the upstream could be made.
    ///
    /// - Parameter mayRetry: Another attempt is allowed.
    mutating func connectFailed(timedOut: Bool, mayRetry: Bool) -> Action {
        guard stage == .connecting else { return .wait }
        return mayRetry && isFree ? pause() : end(timedOut ? .timedOut : .unreachable)
    }

    /// The pause between two attempts is over.
    mutating func pauseEnded() -> Action {
        guard stage == .pausing, ending == nil else { return .wait }
        stage = .connecting
        return .connect
    }

    /// The hold is durable.
    mutating func holdBecameDurable() -> Action {
        hold = .durable
        if let ending { return complete(ending) }
        return stage == .answering ? release() : .wait
    }

    /// The hold could not be written.
    mutating func holdFailed() -> Action {
        hold = .failed
        return complete(.holdFailed)
    }

    /// The head of the upstream's answer came.
    mutating func answerBegan() -> Action {
        guard stage == .sent else { return .wait }
        stage = .answering
        return hold == .durable ? release() : .wait
    }

    /// The upstream's answer is complete.
    ///
    /// - Parameter mayRetry: It says that the upstream is overloaded or failing, nothing of it has been passed on, and
    ///   another attempt is allowed.
    mutating func answerEnded(mayRetry: Bool = false) -> Action {
        mayRetry && isFree && stage == .answering ? pause() : end(.answered)
    }

    /// What the money pays for has been written.
    mutating func cut() -> Action { end(.cut) }

    /// The upstream's connection closed before its answer was complete.
    ///
    /// - Parameter wasReused: The connection had served another request before. If nothing of an answer came
    ///   on it, the upstream had closed it before our request arrived: another connection is tried.
    mutating func upstreamClosed(wasReused: Bool) -> Action {
        if stage == .sent, wasReused, ending == nil, isClientPresent {
            stage = .connecting
            return .connect
        }
        return end(.broken)
    }

    /// The upstream took too long.
    mutating func timedOut() -> Action { end(.timedOut) }

    /// The client's connection closed.
    ///
    /// - Parameter drains: What has been sent is paid for: go on reading for its usage.
    mutating func clientWentAway(drains: Bool) -> Action {
        isClientPresent = false
        switch stage {
        case .receiving:
            stage = .complete
            return .forget
        case .connecting, .pausing: return end(.clientGone)
        case .sent, .answering: return drains ? .drain : end(.clientGone)
        case .complete: return .wait
        }
    }

    /// A client that is gone has been drained for long enough.
    mutating func drainedEnough() -> Action { end(.clientGone) }

    /// The gateway cannot wait longer.
    mutating func stop() -> Action { end(.stopping) }

    /// Nothing has decided yet how the exchange ends, and somebody still waits for it.
    private var isFree: Bool { ending == nil && isClientPresent }

    private mutating func pause() -> Action {
        stage = .pausing
        isReleased = false
        return .pause
    }

    private mutating func release() -> Action {
        isReleased = true
        return .release
    }

    private mutating func end(_ ending: Ending) -> Action {
        guard stage != .complete, self.ending == nil else { return .wait }
        guard hold != .writing else {
            self.ending = ending
            return .cancel
        }
        return complete(ending)
    }

    private mutating func complete(_ ending: Ending) -> Action {
        guard stage != .complete else { return .wait }
        stage = .complete
        return .finish(ending)
    }
}
