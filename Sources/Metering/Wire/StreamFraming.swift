/// How the messages of a stream are told apart.
public enum StreamFraming: Hashable, Sendable {
    /// As server-sent events.
    case events
    /// As the elements of one JSON array.
    case array
}

/// Finds the messages of a stream, whatever its framing is.
struct MessageFraming {
    let kind: StreamFraming
    private var events = EventFraming()
    private(set) var array = ArrayFraming()

    init(_ kind: StreamFraming) { self.kind = kind }

    /// Returns the position behind the message at `start`, or nil if its end has not come.
    mutating func endOfMessage(_ bytes: Span<UInt8>, from start: Int) -> Int? {
        switch kind {
        case .events: events.endOfEvent(bytes, from: start)
        case .array: array.endOfMessage(bytes, from: start)
        }
    }

    /// Notes that the last `count` bytes are the beginning of a message and hold no end of it.
    mutating func keepUnfinished(_ count: Int) {
        if kind == .events { events.keepUnfinished(count) }
    }

    /// Notes that the bytes behind the last message were not searched.
    mutating func stop() {
        if kind == .events { events.stop() }
    }
}
