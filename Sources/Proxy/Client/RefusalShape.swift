import Accounts
import Metering
import NIOHTTP1
import Timekeeping

/// The shape of an error that is answered before a request reaches an exchange or the control plane: its path decides.
enum RefusalShape {
    /// `{"error": "...", "code": "..."}`
    case plain
    /// `{"error": {"message": "...", "type": "...", "code": "..."}}`
    case object
    /// The shape of a protocol.
    case proxied(UpstreamProtocol)

    /// Returns the shape for a path. Below `/v1/` the control plane answers with objects, as the protocols do.
    init(of route: RouteMatch, _ path: Substring) {
        switch route {
        case .proxied(let operation, _): self = .proxied(operation.upstreamProtocol)
        case .unknown(let upstreamProtocol), .wrongMethod(let upstreamProtocol, _): self = .proxied(upstreamProtocol)
        case .control: self = path.hasPrefix("/v1/") ? .object : .plain
        }
    }

    /// Returns the header fields that name the request.
    func headers(requestID: String, now: Timestamp) -> HTTPHeaders {
        guard case .proxied(let upstreamProtocol) = self else { return [HeaderName.requestID: requestID] }
        return AnswerHeaders.common(upstreamProtocol, requestID: requestID, headroom: nil, now: now)
    }

    /// Returns the body of an error.
    func body(_ error: ErrorAnswer, requestID: String) -> String {
        let (message, code) = (JSONText.quoted(error.message), JSONText.quoted(error.code ?? ""))
        return switch self {
        case .plain: #"{"error":\#(message),"code":\#(code)}"#
        case .object: #"{"error":{"message":\#(message),"type":"invalid_request_error","code":\#(code)}}"#
        case .proxied(let upstreamProtocol): error.body(upstreamProtocol, requestID: requestID)
        }
    }
}
