import Accounts
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
    /// Events that wait for the hold, or for the event that shows whether the upstream serves the request.
    private var waiting: ByteBuffer?
    /// The stream is the client's: an event has shown that the upstream serves the request, or nothing did for long.
    var hasBegun: Bool { relay.hasBegun }
    /// Bytes of text that the stream may have before its cost is computed again. The first event computes it.
    var allowance: Int64 = -1

    init(head: HTTPResponseHead, meter: StreamMeter, requestID: UUIDv7) {
        self.head = head
        relay = StreamRelay(meter: meter, requestID: requestID)
    }

    /// What has been metered so far.
    var meter: StreamMeter { relay.meter }

    /// What became of bytes of a stream.
    struct Passage {
        /// The error with which the upstream refuses the request, in place of a stream.
        var refusal: ProtocolError?
        /// The stream begins for the client.
        var begins = false
        /// Events that may go to the client.
        var events: ByteBuffer?
        /// The text is longer than the allowance: the bytes behind that event have not been examined yet.
        var isOverAllowance = false
        /// The stream has text.
        var hasText = false
        /// An event is larger than can be waited for.
        var isTooLarge = false
        /// Identifiers of the upstream's objects that the events give to the client.
        var objects: [String] = []
    }

    /// Takes bytes of the stream, up to the event with which the text becomes longer than the allowance.
    mutating func pass(_ bytes: ByteBuffer) -> Passage {
        var isOver = false
        do throws(ProtocolError) {
            let events = try relay.relay(bytes, allowance: allowance, isOver: &isOver)
            return Passage(
                begins: begins(with: events), events: events, isOverAllowance: isOver,
                hasText: relay.meter.textBytes > 0, isTooLarge: !isOver && relay.isOverflowing,
                objects: relay.takeObjects())
        } catch {
            return Passage(refusal: error)
        }
    }

    /// Ends the stream: its last event may have lacked its blank line.
    mutating func end() -> Passage {
        do throws(ProtocolError) {
            let events = try relay.end()
            return Passage(begins: begins(with: events), events: events, objects: relay.takeObjects())
        } catch {
            return Passage(refusal: error)
        }
    }

    /// Begins the stream although no event has shown whether the upstream serves the request.
    ///
    /// - Returns: Whether it had not begun.
    mutating func begin() -> Bool {
        defer { relay.hasBegun = true }
        return !hasBegun
    }

    /// Returns whether the stream begins with these events, which have not been kept yet. One that has more than is read ahead
    /// before it shows anything is not waited for.
    private mutating func begins(with events: ByteBuffer?) -> Bool {
        let unsent = (waiting?.readableBytes ?? 0) + (events?.readableBytes ?? 0)
        return !relay.meter.isOpening || unsent > Self.readAhead ? begin() : false
    }

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
