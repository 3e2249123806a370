import Accounts
import Admission
import Metering
import NIOCore
import NIOHTTP1
import Timekeeping

/// A whole answer to the client.
struct WholeAnswer {
    var status: HTTPResponseStatus
    var headers: HTTPHeaders
    var body: ByteBuffer
}

/// Makes the answers to one request: its identifier, the room in the key's limits and the shape of its errors are in each.
struct ClientAnswer {
    let requestID: UUIDv7
    /// The protocol in whose shape errors are answered.
    var shape = UpstreamProtocol.allCases[0]
    /// The room in the key's limits, once it is known.
    var headroom: RateHeadroom?

    init(requestID: UUIDv7) { self.requestID = requestID }

    /// Returns the header fields that every answer has.
    func commonHeaders(now: Timestamp) -> HTTPHeaders {
        AnswerHeaders.common(shape, requestID: requestID.requestText, headroom: headroom, now: now)
    }

    /// Returns an answer with the upstream's status, the fields of it that clients see, and a body.
    func forwarded(
        _ head: HTTPResponseHead, _ body: ByteBuffer, retryAfter: Int64? = nil, now: Timestamp
    ) -> WholeAnswer {
        var headers = commonHeaders(now: now)
        AnswerHeaders.forward(head.headers, shape, to: &headers)
        if let retryAfter { headers.add(name: HeaderName.retryAfter, value: String(retryAfter)) }
        return WholeAnswer(status: head.status, headers: headers, body: body)
    }

    /// Returns the header fields of a stream.
    ///
    /// - Parameter framing: How its events are told apart; nil if it is not of events.
    func streamHeaders(_ head: HTTPResponseHead, _ framing: StreamFraming?, now: Timestamp) -> HTTPHeaders {
        var headers = commonHeaders(now: now)
        AnswerHeaders.forward(head.headers, shape, to: &headers)
        if let framing { AnswerHeaders.nameStream(&headers, framing) }
        AnswerHeaders.keepUnbuffered(&headers)
        return headers
    }

    /// Returns a list of models.
    func models(_ list: ByteBuffer, now: Timestamp) -> WholeAnswer {
        var headers = commonHeaders(now: now)
        headers.add(name: HeaderName.contentType, value: "application/json")
        return WholeAnswer(status: .ok, headers: headers, body: list)
    }

    /// Returns an error of the gateway's own.
    func error(_ error: ErrorAnswer, now: Timestamp) -> WholeAnswer {
        var headers = commonHeaders(now: now)
        headers.add(name: HeaderName.contentType, value: "application/json")
        if let seconds = error.retryAfter { headers.add(name: HeaderName.retryAfter, value: String(seconds)) }
        if let codings = error.acceptEncoding { headers.add(name: "accept-encoding", value: codings) }
        if !error.mayBeRetried { headers.add(name: "x-should-retry", value: "false") }
        let body = error.body(shape, requestID: requestID.requestText)
        return WholeAnswer(status: error.status, headers: headers, body: ByteBuffer(string: body))
    }

    /// Returns an error as the last event of a stream.
    func event(_ error: ErrorAnswer, in stream: StreamMeter) -> ByteBuffer {
        ByteBuffer(string: error.event(in: stream, requestID: requestID.requestText))
    }
}
