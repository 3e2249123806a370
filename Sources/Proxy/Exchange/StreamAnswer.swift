import Metering
import NIOCore
import NIOHTTP1

/// A stream on its way to the client: metered event by event, and kept back while its hold is being written.
struct StreamAnswer {
    /// While the hold is written, at most this many bytes are read ahead.
    static let readAhead = 256 << 10

    /// The head of the upstream's answer.
    let head: HTTPResponseHead
    private var relay: StreamRelay
    /// Events that wait for the hold.
    private var waiting: ByteBuffer?
    /// Bytes of text that the stream may have before its cost is computed again. The first event computes it.
    var allowance: Int64 = -1

    init(head: HTTPResponseHead, meter: StreamMeter) {
        self.head = head
        relay = StreamRelay(meter: meter)
    }

    /// What has been metered so far.
    var meter: StreamMeter { relay.meter }

    /// What became of bytes of a stream.
    struct Passage {
        /// Events that may go to the client.
        var events: ByteBuffer?
        /// The text is longer than the allowance: the bytes behind that event have not been examined yet.
        var isOverAllowance: Bool
        /// The stream has text.
        var hasText: Bool
        /// An event is larger than can be waited for.
        var isTooLarge: Bool
        /// Identifiers of the upstream's objects that the events give to the client.
        var objects: [String]
    }

    /// Takes bytes of the stream, up to the event with which the text becomes longer than the allowance.
    mutating func pass(_ bytes: ByteBuffer) -> Passage {
        var isOver = false
        let events = relay.relay(bytes, allowance: allowance, isOver: &isOver)
        return Passage(
            events: events, isOverAllowance: isOver, hasText: relay.meter.textBytes > 0,
            isTooLarge: !isOver && relay.isOverflowing, objects: relay.takeObjects())
    }

    /// Returns identifiers of the upstream's objects that the last event gives to the client.
    mutating func takeObjects() -> [String] { relay.takeObjects() }

    /// Ends the stream and returns its last event, if it lacked its blank line.
    mutating func end() -> ByteBuffer? { relay.end() }

    /// Keeps events until the hold is durable.
    ///
    /// - Returns: Whether so much is kept that the upstream should not be read further.
    mutating func keep(_ events: ByteBuffer) -> Bool {
        waiting.setOrWriteImmutableBuffer(events)
        return (waiting?.readableBytes ?? 0) > Self.readAhead
    }

    /// Returns the events that were kept, and keeps them no longer.
    mutating func takeWaiting() -> ByteBuffer? { waiting.take() }

    /// Allows as much text as is read ahead of the hold.
    mutating func allowReadAhead() { allowance = meter.textBytes + Int64(Self.readAhead) }
}
