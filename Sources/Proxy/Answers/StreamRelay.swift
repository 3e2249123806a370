import Accounts
import Metering
import NIOCore

/// Relays whole events of a stream, meters each, and cuts out what is hidden from clients.
struct StreamRelay {
    /// Maximum size of an event, in bytes.
    static let maximumEvent = 8 << 20

    /// The meter of the stream.
    private(set) var meter: StreamMeter
    /// The request, for the errors that take the place of the upstream's.
    private let requestID: UUIDv7
    /// The client's stream has begun: errors are events of it.
    var hasBegun = false
    /// The beginning of an event whose end was not received yet.
    private var unfinished: ByteBuffer?

    init(meter: StreamMeter, requestID: UUIDv7) {
        self.meter = meter
        self.requestID = requestID
    }

    /// Whether an event exceeds the maximum size.
    var isOverflowing: Bool { (unfinished?.readableBytes ?? 0) > Self.maximumEvent }

    /// Takes bytes of the upstream's answer and returns those that may be relayed now, if any.
    ///
    /// - Parameters:
    ///   - allowance: Stops behind the event with which the text becomes longer than this, in bytes.
    ///   - isOver: Whether it was stopped; then more may follow without further bytes.
    /// - Throws: The error of the first event that shows how the upstream serves the request.
    mutating func relay(
        _ bytes: ByteBuffer, allowance: Int64 = .max, isOver: inout Bool
    ) throws(ProtocolError) -> ByteBuffer? {
        var relayed: ByteBuffer?
        var next = bytes
        while true {
            let (events, failure) = try examine(next, allowance, &isOver)
            if let events { relayed.setOrWriteImmutableBuffer(events) }
            guard let failure else { return relayed }
            let event = meter.errorEvent(failure.redacted, requestID: requestID.requestText)
            relayed.setOrWriteImmutableBuffer(ByteBuffer(string: event))
            next = ByteBuffer()
        }
    }

    /// Takes bytes up to the first error, and returns the events before it and the error.
    private mutating func examine(
        _ bytes: ByteBuffer, _ allowance: Int64, _ isOver: inout Bool
    ) throws(ProtocolError) -> (events: ByteBuffer?, failure: ProtocolError?) {
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
        if let failure = examination.failure, examination.failsAtOnce, !hasBegun { throw failure }
        guard examination.consumed > 0, let events = buffer.readSlice(length: examination.consumed) else {
            return (nil, nil)
        }
        return (events.without(examination.cuts), examination.failure)
    }

    /// Returns identifiers of the upstream's objects that the events gave to the client since the last call.
    mutating func takeObjects() -> [String] { meter.takeObjects() }

    /// Ends the stream: a server-sent event that lacks its blank line is taken as complete.
    ///
    /// - Throws: The error of the first event that shows how the upstream serves the request.
    mutating func end() throws(ProtocolError) -> ByteBuffer? {
        guard unfinished != nil else { return nil }
        guard meter.framing == .events else { return unfinished.take() }
        var isOver = false
        return try relay(ByteBuffer(string: "\n\n"), isOver: &isOver)
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

extension ProtocolError {
    /// The error without what names the upstream account.
    var redacted: ProtocolError {
        var error = self
        error.message = String(decoding: Redaction.redact(Array(message.utf8)), as: UTF8.self)
        return error
    }
}
