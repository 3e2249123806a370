/// The life of one proxied request, as a value that decides and does nothing.
///
///     receiving -> connecting -> sent -> collecting | streaming -> complete
///                    ^   |         |         |
///                    |   v         |         |
///                   pausing <------+---------+        (and awaitingHold before complete)
///
/// Events go in, one action comes out; `Exchange` performs it. Two promises are kept here and nowhere else:
/// no byte of an answer leaves before the hold is durable, and an admitted exchange finishes exactly once,
/// after its hold is known to be durable or to have failed.
///
/// An event that means nothing in a state, such as one that arrives after the end, leaves the state as it is.
struct ExchangeMachine {
    private(set) var state = State.receiving
    private let limits: ExchangeLimits
    /// Monotonic nanoseconds at which the exchange takes too long.
    private let deadline: Int64

    /// Creates a machine for an exchange that begins now (monotonic nanoseconds).
    init(limits: ExchangeLimits, now: Int64) {
        self.limits = limits
        deadline = now + limits.total
    }

    // MARK: Questions

    /// What to do with the events of a stream.
    enum Passage: Equatable {
        /// Send them to the client.
        case send
        /// Keep them until the hold is durable and the stream has begun.
        case keep
        /// Nobody wants them.
        case discard
    }

    /// What to do with the events of a stream that come now.
    var passage: Passage {
        switch state {
        case .collecting(_, .present): return .keep
        case .streaming(let progress, .present): return progress.isHoldDurable ? .send : .keep
        default: return .discard
        }
    }

    // MARK: Admission and hold

    /// The request was admitted; its hold is being written.
    mutating func admitted() -> Action { start(isHoldDurable: false) }

    /// The request costs nothing and holds nothing.
    mutating func admittedWithoutHold() -> Action { start(isHoldDurable: true) }

    private mutating func start(isHoldDurable: Bool) -> Action {
        guard case .receiving = state else { return .wait }
        state = .connecting(Progress(isHoldDurable: isHoldDurable))
        return .connect
    }

    /// The hold is durable.
    mutating func holdBecameDurable() -> Action {
        switch state {
        case .receiving, .complete: return .wait
        case .awaitingHold(let ending, let isClientPresent):
            return complete(ending, isClientPresent ? .nothing : .clientGone)
        case .connecting(var progress):
            progress.isHoldDurable = true
            state = .connecting(progress)
            return .wait
        case .pausing(var progress, let until):
            progress.isHoldDurable = true
            state = .pausing(progress, until: until)
            return .wait
        case .sent(var progress, let client):
            progress.isHoldDurable = true
            state = .sent(progress, client)
            return .wait
        case .collecting(var progress, let client):
            progress.isHoldDurable = true
            state = .collecting(progress, client)
            return .wait
        case .streaming(var progress, let client):
            progress.isHoldDurable = true
            state = .streaming(progress, client)
            return client == .present ? .beginStream : .wait
        }
    }

    /// The hold could not be written.
    mutating func holdFailed() -> Action {
        switch state {
        case .receiving, .complete: .wait
        case .awaitingHold(_, let isClientPresent): complete(.holdFailed, isClientPresent ? .nothing : .clientGone)
        case .connecting, .pausing, .sent(_, .present), .collecting(_, .present), .streaming(_, .present):
            complete(.holdFailed, .nothing)
        case .sent(_, .draining), .collecting(_, .draining), .streaming(_, .draining):
            complete(.holdFailed, .clientGone)
        }
    }

    // MARK: The upstream

    /// A connection to the upstream was made.
    mutating func connected() -> Action {
        guard case .connecting(let progress) = state else { return .releaseConnection }
        state = .sent(progress, .present)
        return .send
    }

    /// The head of the upstream's answer came.
    mutating func answerBegan() -> Action {
        guard case .sent(let progress, let client) = state else { return .wait }
        state = .collecting(progress, client)
        return .wait
    }

    /// The answer is a stream, and the upstream serves it: its events are sent to the client as they come.
    mutating func streamBegan() -> Action {
        guard case .collecting(let progress, let client) = state else { return .wait }
        state = .streaming(progress, client)
        return progress.isHoldDurable && client == .present ? .beginStream : .wait
    }

    /// A part of the upstream's answer came, in bytes.
    mutating func answerContinued(byteCount: Int) -> Action {
        switch state {
        case .collecting(let progress, .draining(var drain)):
            let isOver = drain.read(byteCount)
            state = .collecting(progress, .draining(drain))
            return isOver ? end(.clientGone) : .wait
        case .streaming(let progress, .draining(var drain)):
            let isOver = drain.read(byteCount)
            state = .streaming(progress, .draining(drain))
            return isOver ? end(.clientGone) : .wait
        default: return .wait
        }
    }

    /// The stream has more text than its hold is known to cover.
    mutating func allowanceUsed() -> Action {
        guard case .streaming(let progress, _) = state else { return .wait }
        // What came while the hold is written has not been sent: its cost is computed with what follows.
        return progress.isHoldDurable ? .extendHold : .readAhead
    }

    /// The hold cannot be raised to what the stream costs.
    mutating func cut() -> Action {
        guard case .streaming = state else { return .wait }
        return end(.cut)
    }

    /// The upstream's answer is complete.
    mutating func answerEnded() -> Action {
        switch state {
        case .collecting, .streaming: end(.answered)
        default: .wait
        }
    }

    /// The attempt failed (see ``AttemptFailure``).
    mutating func attemptFailed(_ failure: AttemptFailure, now: Int64) -> Action {
        switch state {
        case .receiving, .pausing, .awaitingHold, .complete: return .wait
        case .connecting(let progress), .sent(let progress, .present), .collecting(let progress, .present):
            switch limits.retry.decide(after: failure, failures: progress.failures, answerBegan: false) {
            case .giveUp: return end(Self.ending(after: failure))
            case .retry(let pause): return retry(progress, pause: pause, now: now)
            }
        case .streaming, .sent(_, .draining), .collecting(_, .draining): return end(Self.ending(after: failure))
        }
    }

    private mutating func retry(_ progress: Progress, pause: Int64, now: Int64) -> Action {
        var progress = progress
        progress.failures += 1
        guard pause > 0 else {
            state = .connecting(progress)
            return .retry
        }
        state = .pausing(progress, until: now + pause)
        return .pause
    }

    /// Returns how an exchange ends whose last attempt failed.
    private static func ending(after failure: AttemptFailure) -> Ending {
        switch failure {
        case .unreachable(timedOut: false): .unreachable
        case .unreachable(timedOut: true), .timedOut: .timedOut
        case .staleConnection, .brokenOff: .broken
        // The upstream's error is an answer.
        case .status, .optionRefused: .answered
        }
    }

    // MARK: Client, time and stop

    /// The client's connection closed.
    ///
    /// - Parameter drains: What has been sent is paid for: the answer is read for its usage.
    mutating func clientLeft(drains: Bool, now: Int64) -> Action {
        let client = Client.draining(Drain(deadline: now + limits.drainTime, bytes: limits.drainBytes))
        switch state {
        case .receiving:
            state = .complete
            return .forget
        case .connecting, .pausing: return end(.clientGone, .clientGone)
        case .sent(let progress, .present) where drains: state = .sent(progress, client)
        case .collecting(let progress, .present) where drains: state = .collecting(progress, client)
        case .streaming(let progress, .present) where drains: state = .streaming(progress, client)
        case .sent, .collecting, .streaming: return end(.clientGone, .clientGone)
        case .awaitingHold(let ending, _):
            state = .awaitingHold(ending, isClientPresent: false)
            return .wait
        case .complete: return .wait
        }
        return .drain
    }

    /// Time has passed; asked a few times a second.
    ///
    /// - Parameters:
    ///   - now: Monotonic nanoseconds.
    ///   - isSilent: Nothing has been sent to the client for so long that connections in between may be closed.
    mutating func timePassed(now: Int64, isSilent: Bool) -> Action {
        if case .receiving = state { return .wait }
        guard now <= deadline else { return end(.timedOut) }
        switch state {
        case .pausing(let progress, let until) where now >= until:
            state = .connecting(progress)
            return .connect
        case .sent(_, .draining(let drain)), .collecting(_, .draining(let drain)), .streaming(_, .draining(let drain)):
            return now > drain.deadline ? end(.clientGone) : .wait
        case .streaming(let progress, .present): return isSilent && progress.isHoldDurable ? .ping : .wait
        default: return .wait
        }
    }

    /// The gateway cannot wait longer.
    mutating func stop() -> Action { end(.stopping) }

    // MARK: The end

    /// Ends the exchange, if nothing has ended it: at once if its hold is durable, else when that is known.
    private mutating func end(_ ending: Ending) -> Action {
        switch state {
        case .receiving, .awaitingHold, .complete: .wait
        case .connecting, .pausing, .sent(_, .present), .collecting(_, .present): end(ending, .nothing)
        case .streaming(let progress, .present): end(ending, progress.isHoldDurable ? .streamBegan : .nothing)
        case .sent(_, .draining), .collecting(_, .draining), .streaming(_, .draining): end(ending, .clientGone)
        }
    }

    private mutating func end(_ ending: Ending, _ delivery: Delivery) -> Action {
        switch state {
        case .receiving, .awaitingHold, .complete: return .wait
        case .connecting(let progress), .pausing(let progress, _), .sent(let progress, _),
            .collecting(let progress, _), .streaming(let progress, _):
            guard progress.isHoldDurable else {
                state = .awaitingHold(ending, isClientPresent: delivery != .clientGone)
                return .cancel
            }
            return complete(ending, delivery)
        }
    }

    private mutating func complete(_ ending: Ending, _ delivery: Delivery) -> Action {
        state = .complete
        return .finish(ending, delivery)
    }
}
