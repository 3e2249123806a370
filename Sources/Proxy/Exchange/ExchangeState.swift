extension ExchangeMachine {
    /// How far the exchange has come. Any state but the first and the last can turn into `complete` by `holdFailed`, and
    /// into `awaitingHold` or `complete` by `stop` and by the total deadline.
    enum State: Equatable {
        /// The request is being read; nothing is held. Valid transitions:
        ///  - `.connecting` when it is admitted
        ///  - `.complete` when its client leaves
        case receiving
        /// A connection to the upstream is being made. The client is present. Valid transitions:
        ///  - `.sent` when there is a connection
        ///  - `.pausing` when there is none and another attempt is allowed
        ///  - `.awaitingHold` or `.complete` when no further attempt is allowed, or the client leaves
        case connecting(Progress)
        /// An attempt failed; the next begins at a moment in monotonic nanoseconds. The client is present. Valid transitions:
        ///  - `.connecting` when that moment has come
        ///  - `.awaitingHold` or `.complete` when the client leaves
        case pausing(Progress, until: Int64)
        /// The request is sent; nothing of an answer has come. Valid transitions:
        ///  - `.sent` when the client leaves and the answer is read for its usage
        ///  - `.collecting` when the answer's head comes
        ///  - `.connecting` when the connection was stale
        ///  - `.awaitingHold` or `.complete` when the connection breaks or is too slow, or the client leaves
        case sent(Progress, Client)
        /// An answer is coming of which nothing is sent: one that is sent whole at its end, or a stream of which no event has
        /// shown yet whether the upstream serves it. Valid transitions:
        ///  - `.collecting` when the client leaves and the answer is read for its usage
        ///  - `.streaming` when it is a stream, at the event that shows it
        ///  - `.pausing` when the answer says that the upstream is failing and another attempt is allowed
        ///  - `.connecting` when another attempt is allowed at once
        ///  - `.awaitingHold` or `.complete` at its end, or when it breaks or is too slow, or the client leaves
        case collecting(Progress, Client)
        /// A stream is coming; its events are sent as they come once the hold is durable. Valid transitions:
        ///  - `.streaming` when the client leaves and the stream is read for its usage
        ///  - `.awaitingHold` or `.complete` at its end, when its money is used up, it breaks or is too slow, or the client leaves
        case streaming(Progress, Client)
        /// The ending is decided; the hold is still being written, so nothing has been sent. Valid transitions:
        ///  - `.complete` when the hold is durable or has failed
        case awaitingHold(Ending, isClientPresent: Bool)
        /// Over; there are no transitions.
        case complete
    }

    /// Data that an admitted exchange carries from state to state.
    struct Progress: Equatable {
        /// Attempts that failed.
        var failures = 0
        /// The hold is durable, or there is nothing to hold.
        var isHoldDurable: Bool
    }

    /// The client of a request that has been sent.
    enum Client: Equatable {
        /// It waits for the answer.
        case present
        /// It has left; the answer is read for its usage.
        case draining(Drain)
    }

    /// Ending of an admitted exchange.
    enum Ending: Equatable {
        /// The upstream answered to the end.
        case answered
        /// No connection to the upstream could be made.
        case unreachable
        /// The upstream's connection broke before its answer was complete.
        case broken
        /// The upstream was too slow.
        case timedOut
        /// The money is used up: the stream ends early, as if the model had reached its limit.
        case cut
        /// The client left, and the upstream was cancelled or read for long enough.
        case clientGone
        /// The hold could not be written.
        case holdFailed
        /// The gateway is stopping and cannot wait longer.
        case stopping
    }

    /// Part of the answer that the client has when the exchange finishes.
    enum Delivery: Equatable {
        /// Nothing yet.
        case nothing
        /// The head of a stream, and the events that had come.
        case streamBegan
        /// The client has left.
        case clientGone
    }

    /// What to do next.
    enum Action: Equatable {
        /// Nothing yet.
        case wait
        /// Make a connection to the upstream.
        case connect
        /// Record the failed attempt and begin another at once.
        case retry
        /// Record the failed attempt; another follows after a pause.
        case pause
        /// Send the request on the new connection.
        case send
        /// Put the unused connection into the pool.
        case releaseConnection
        /// Begin the client's stream with the events that waited for the hold.
        case beginStream
        /// Raise the hold to what the stream has cost so far, or cut the stream.
        case extendHold
        /// Read further ahead without computing the cost: the hold is still being written.
        case readAhead
        /// Send an event that keeps a silent stream alive.
        case ping
        /// Read the upstream's answer for its usage, as fast as it comes.
        case drain
        /// Close the upstream's connection, and wait for the hold.
        case cancel
        /// Close the upstream's connection if it is still open, settle, and end the client's answer.
        case finish(Ending, Delivery)
        /// Drop the exchange: nothing was held.
        case forget
    }
}
