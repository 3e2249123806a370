import Admission
import Metering
import NIOHTTP1
import Timekeeping

/// Makes the header fields of an answer on a proxied path.
///
/// From the upstream only what is named here passes: any other field may name the upstream account, its limits or
/// its prices.
enum AnswerHeaders {
    /// Fields of the upstream's answer that the client gets to see.
    private static let forwarded = ["content-type", "content-language", "openai-processing-ms", "openai-version"]

    /// Returns the fields that every answer has: the request's name, and the room in the key's limit.
    static func common(
        _ shape: UpstreamProtocol, requestID: String, headroom: RateHeadroom?, now: Timestamp
    ) -> HTTPHeaders {
        var headers = HTTPHeaders()
        headers.reserveCapacity(12)
        headers.add(name: shape == .openAI ? "x-request-id" : "request-id", value: requestID)
        guard let headroom else { return headers }
        switch shape {
        case .openAI:
            headers.add(name: "x-ratelimit-limit-requests", value: String(headroom.limit))
            headers.add(name: "x-ratelimit-remaining-requests", value: String(headroom.remaining))
            headers.add(name: "x-ratelimit-reset-requests", value: "\(headroom.resetMilliseconds)ms")
        case .anthropic:
            let reset = Timestamp(milliseconds: now.milliseconds + headroom.resetMilliseconds + 999)
            headers.add(name: "anthropic-ratelimit-requests-limit", value: String(headroom.limit))
            headers.add(name: "anthropic-ratelimit-requests-remaining", value: String(headroom.remaining))
            headers.add(name: "anthropic-ratelimit-requests-reset", value: reset.rfc3339)
        }
        return headers
    }

    /// Copies what may pass of the upstream's fields.
    static func forward(_ upstream: HTTPHeaders, to headers: inout HTTPHeaders) {
        for name in forwarded {
            if let value = upstream.first(name: name) { headers.add(name: name, value: value) }
        }
    }

    /// Adds what keeps intermediaries from holding a stream back.
    static func describeStream(_ headers: inout HTTPHeaders) {
        headers.add(name: "cache-control", value: "no-cache")
        headers.add(name: "x-accel-buffering", value: "no")
    }
}
