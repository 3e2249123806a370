import Metering
import NIOCore

/// Relays whole events of a stream, meters each, and cuts out what is hidden from clients.
struct StreamRelay {
    /// Maximum size of an event, in bytes.
    static let maximumEvent = 8 << 20

    /// The meter of the stream.
    private(set) var meter: StreamMeter
    /// The beginning of an event whose end was not received yet.
    private var unfinished: ByteBuffer?

    init(meter: StreamMeter) {
        self.meter = meter
    }

    /// Whether an event exceeds the maximum size.
    var isOverflowing: Bool { (unfinished?.readableBytes ?? 0) > Self.maximumEvent }

    /// Takes bytes of the upstream's answer and returns those that may be relayed now, if any.
    ///
    /// - Parameters:
    ///   - allowance: Stops behind the event with which the text becomes longer than this, in bytes.
    ///   - isOver: Whether it was stopped; then more may follow without further bytes.
    mutating func relay(_ bytes: ByteBuffer, allowance: Int64 = .max, isOver: inout Bool) -> ByteBuffer? {
        var buffer = bytes
        if var tail = unfinished {
            unfinished = nil
            tail.writeBuffer(&buffer)
            buffer = tail
        }
        let examination = meter.examine(buffer.readableBytesUInt8Span, allowance: allowance)
        isOver = examination.isOverAllowance
        if examination.consumed < buffer.readableBytes {
            unfinished = buffer.getSlice(
                at: buffer.readerIndex + examination.consumed, length: buffer.readableBytes - examination.consumed)
        }
        guard examination.consumed > 0, let events = buffer.readSlice(length: examination.consumed) else { return nil }
        return events.without(examination.cuts)
    }

    /// Returns identifiers of the upstream's objects that the events gave to the client since the last call.
    mutating func takeObjects() -> [String] { meter.takeObjects() }

    /// Ends the stream: an event that lacks its blank line is taken as complete.
    mutating func end() -> ByteBuffer? {
        guard unfinished != nil else { return nil }
        var isOver = false
        return relay(ByteBuffer(string: "\n\n"), isOver: &isOver)
    }
}

extension ByteBuffer {
    /// Returns the readable bytes without some ranges of them (sorted and disjoint), or nil if nothing is left.
    func without(_ cuts: [Range<Int>]) -> ByteBuffer? {
        guard !cuts.isEmpty else { return readableBytes > 0 ? self : nil }
        var result = ByteBuffer()
        result.reserveCapacity(readableBytes)
        var position = 0
        for cut in cuts + [readableBytes..<readableBytes] {
            if let kept = getSlice(at: readerIndex + position, length: cut.lowerBound - position) {
                result.writeImmutableBuffer(kept)
            }
            position = cut.upperBound
        }
        return result.readableBytes > 0 ? result : nil
    }
}
