import Accounts
import Admission
import Metering
import NIOHTTP1
import Timekeeping

/// Makes the header fields of an answer on a proxied path.
///
/// From the upstream only the fields named here and by the protocol pass: any other may name the upstream account, its
/// limits or its prices.
enum AnswerHeaders {
    /// Fields of the upstream's answer that every protocol passes on.
    private static let forwarded = ["content-type", "content-language"]

    /// Returns the fields that every answer has: the request's identifier, and the key's rate limit.
    static func common(
        _ shape: UpstreamProtocol, requestID: String, headroom: RateHeadroom?, now: Timestamp
    ) -> HTTPHeaders {
        let names = shape.headers
        var headers = HTTPHeaders()
        headers.reserveCapacity(12)
        headers.add(name: names.requestID, value: requestID)
        guard let headroom else { return headers }
        headers.add(name: names.rateLimit.limit, value: String(headroom.limit))
        headers.add(name: names.rateLimit.remaining, value: String(headroom.remaining))
        let reset =
            switch names.rateLimit.resetFormat {
            case .milliseconds: "\(headroom.resetMilliseconds)ms"
            case .moment: Timestamp(milliseconds: now.milliseconds + headroom.resetMilliseconds + 999).rfc3339
            }
        headers.add(name: names.rateLimit.reset, value: reset)
        return headers
    }

    /// Copies the upstream's fields that pass.
    static func forward(_ upstream: HTTPHeaders, _ shape: UpstreamProtocol, to headers: inout HTTPHeaders) {
        for name in forwarded { copy(name, of: upstream, to: &headers) }
        for name in shape.headers.forwardedFromUpstream { copy(name, of: upstream, to: &headers) }
    }

    private static func copy(_ name: String, of upstream: HTTPHeaders, to headers: inout HTTPHeaders) {
        if let value = upstream.first(name: name) { headers.add(name: name, value: value) }
    }

    /// Names the type of a stream of events, which the upstream may have called otherwise.
    static func nameStream(_ headers: inout HTTPHeaders, _ framing: StreamFraming) {
        switch framing {
        case .events where !headers.isEventStream:
            headers.replaceOrAdd(name: HeaderName.contentType, value: "text/event-stream")
        case .array where !headers.isJSON:
            headers.replaceOrAdd(name: HeaderName.contentType, value: "application/json")
        case .events, .array: break
        }
    }

    /// Adds fields that keep intermediaries from buffering a stream.
    static func keepUnbuffered(_ headers: inout HTTPHeaders) {
        headers.add(name: "cache-control", value: "no-cache")
        headers.add(name: "x-accel-buffering", value: "no")
    }
}

extension HTTPHeaders {
    /// Whether the content is called a stream of events.
    var isEventStream: Bool {
        first(name: HeaderName.contentType)?.lowercased().hasPrefix("text/event-stream") ?? false
    }

    /// Whether the content is called JSON.
    var isJSON: Bool {
        first(name: HeaderName.contentType)?.lowercased().hasPrefix("application/json") ?? false
    }
}
