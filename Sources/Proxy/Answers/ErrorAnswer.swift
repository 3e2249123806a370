import Admission
import Codings
import Metering
import Money
import NIOHTTP1
import Timekeeping

/// An error that the gateway itself answers on a proxied path, in the shape of the path's protocol.
struct ErrorAnswer: Error, Equatable {
    /// The HTTP status.
    var status: HTTPResponseStatus
    /// The kind of error, from which each protocol takes its own type.
    var kind: ProtocolError.Kind
    /// For people; safe for the client.
    var message: String
    /// A stable code for programs.
    var code: String?
    /// The request's field that is wrong.
    var parameter: String?
    /// Seconds after which a retry may succeed.
    var retryAfter: Int64?
    /// The content codings that are accepted, where the request's is not.
    var acceptEncoding: String?
    /// False where SDKs would repeat the request by its status although the cause will not change soon.
    var mayBeRetried = true

    /// Returns the body in the shape of a protocol.
    func body(_ shape: UpstreamProtocol, requestID: String) -> String {
        shape.errorBody(protocolError, requestID: requestID)
    }

    /// Returns the error as the last event of a stream that has already begun.
    func event(in stream: StreamMeter, requestID: String) -> String {
        stream.errorEvent(protocolError, requestID: requestID)
    }

    private var protocolError: ProtocolError {
        ProtocolError(status: Int(status.code), kind: kind, message: message, code: code, field: parameter)
    }
}

extension ErrorAnswer {
    static func invalid(_ message: String, parameter: String? = nil, code: String? = nil) -> ErrorAnswer {
        ErrorAnswer(
            status: .badRequest, kind: .invalidRequest, message: message, code: code, parameter: parameter)
    }

    static func upstream(_ status: HTTPResponseStatus, _ message: String, retryAfter: Int64? = nil) -> ErrorAnswer {
        ErrorAnswer(
            status: status, kind: status.code == 529 ? .overloaded : .failure, message: message,
            code: "upstream_error", retryAfter: retryAfter)
    }

    static func notFound(path: String) -> ErrorAnswer {
        ErrorAnswer(
            status: .notFound, kind: .notFound, message: "Unknown path: \(path)", code: "unknown_url")
    }

    static func wrongMethod(allowed: [HTTPMethod]) -> ErrorAnswer {
        ErrorAnswer(
            status: .methodNotAllowed, kind: .invalidRequest,
            message: "Only \(allowed.map(\.rawValue).joined(separator: " and ")) requests are accepted here.",
            code: "method_not_allowed")
    }

    /// WebSocket is asked for at a path that serves plain HTTP: clients repeat the request without it.
    static let noWebSocket = ErrorAnswer(
        status: .upgradeRequired, kind: .invalidRequest,
        message: "WebSocket is not served here: send the request by HTTP POST.", code: "websocket_not_supported")

    static func tooLarge(limit: Int) -> ErrorAnswer {
        ErrorAnswer(
            status: .payloadTooLarge, kind: .tooLarge, message: "The request's body is larger than \(limit) bytes.",
            code: "request_too_large")
    }

    static func objectNotFound(_ reference: ObjectReference) -> ErrorAnswer {
        ErrorAnswer(
            status: .notFound, kind: .notFound,
            message: "'\(reference.id)' does not exist for this key: a key can name only what it was given.",
            code: "not_found", parameter: reference.field)
    }

    static let unknownCoding = ErrorAnswer(
        status: .unsupportedMediaType, kind: .invalidRequest,
        message: "This Content-Encoding is not supported. Supported are: \(ContentCoding.acceptEncoding).",
        code: "unsupported_content_encoding", acceptEncoding: ContentCoding.acceptEncoding)

    /// The upstream refuses the account's key, or the account's balance is spent.
    static let upstreamAccount = upstream(
        .serviceUnavailable, "The service is temporarily unavailable. Please try again later.", retryAfter: 30)

    static let undecodable = upstream(.badGateway, "The upstream's answer could not be decoded.")

    /// Creates the answer to a request whose upstream failed after it had begun to answer.
    init(_ error: ProtocolError) {
        self = .upstream(HTTPResponseStatus(statusCode: error.status), error.redacted.message)
    }

    /// Creates the answer to a request whose body is refused.
    init(_ fault: RequestFault) {
        self = .invalid(fault.message, parameter: fault.field)
    }

    /// Creates the answer to a request whose body cannot be decoded.
    ///
    /// - Parameter limit: The largest body, in bytes.
    init(_ fault: DecodingFault, limit: Int) {
        switch fault {
        case .tooLarge: self = .tooLarge(limit: limit)
        case .outOfMemory: self = .upstream(.serviceUnavailable, "The gateway is out of memory. Please try again.")
        case .corrupt, .truncated:
            self = .invalid(
                "The request's body cannot be decoded by its Content-Encoding: it "
                    + (fault == .truncated ? "ends too early." : "is corrupt."),
                code: "invalid_content_encoding")
        }
    }

    /// Creates the answer to a request that admission refuses.
    init(_ refusal: Refusal) {
        self = Self.answer(to: refusal)
        retryAfter = refusal.retryAfterSeconds
        switch refusal {
        case .dailyLimit, .tokensLimited(_, _, nil): mayBeRetried = false
        default: break
        }
    }

    private static func answer(to refusal: Refusal) -> ErrorAnswer {
        switch refusal {
        case .unknownKey:
            ErrorAnswer(
                status: .unauthorized, kind: .authentication, message: "Invalid API key.", code: "invalid_api_key")
        case .wrongKind:
            forbidden(
                "This key may not make model requests: a client key, an account key or a web token is required.")
        case .disabled: forbidden("This key is disabled.", code: "key_disabled")
        case .expired(let end): forbidden("This key expired at \(end.rfc3339).", code: "key_expired")
        case .addressNotAllowed:
            forbidden("This key may not be used from this address.", code: "address_not_allowed")
        case .modelNotAllowed(let model):
            forbidden("This key may not use the model '\(model)'.", code: "model_not_allowed", parameter: "model")
        case .rateLimited(let limit, _):
            rateLimit("Rate limit reached: \(limit) requests per minute.", code: "rate_limit_exceeded")
        case .dailyLimit(let limit, let opensAt, _):
            rateLimit(
                "Daily limit reached: \(limit) requests per day (UTC). It opens again at \(opensAt.rfc3339).",
                code: "daily_limit_exceeded")
        case .tokensLimited(let limit, let needed, _):
            rateLimit(
                "Token limit reached: \(limit) tokens per minute, and this request may use \(needed) at least.",
                code: "tokens_per_minute_exceeded")
        case .tooManyConcurrent(let limit):
            rateLimit("Concurrency limit reached: \(limit) requests at once.", code: "concurrency_limit_exceeded")
        case .modelNotPriced(let model):
            ErrorAnswer(
                status: .notFound, kind: .notFound,
                message: "The model '\(model)' does not exist or has no price here.", code: "model_not_found",
                parameter: "model")
        case .notPriced(let model, let requirement):
            invalid(
                "'\(requirement.field)' asks for something that has no price here for the model '\(model)'.",
                parameter: requirement.field, code: "not_priced")
        case .budgetSpent(let shortage):
            ErrorAnswer(
                status: .paymentRequired, kind: .insufficientFunds,
                message: shortage.rule.spentText + shortage.amountsText + shortage.opensText
                    + " A shorter input or a lower output limit (max_tokens) needs less.",
                code: "insufficient_quota")
        case .budgetHeld(let shortage):
            rateLimit(
                "What is left of the \(shortage.rule.name) is held by requests in flight" + shortage.amountsText,
                code: "budget_held")
        case .ledgerUnavailable:
            upstream(.serviceUnavailable, "Requests cannot be recorded at the moment. Please try again.")
        case .stopping:
            upstream(.serviceUnavailable, "The gateway is stopping. Please try again.")
        }
    }

    private static func forbidden(
        _ message: String, code: String = "permission_denied", parameter: String? = nil
    ) -> ErrorAnswer {
        ErrorAnswer(
            status: .forbidden, kind: .permission, message: message, code: code, parameter: parameter)
    }

    private static func rateLimit(_ message: String, code: String) -> ErrorAnswer {
        ErrorAnswer(
            status: .tooManyRequests, kind: .rateLimit, message: message, code: code)
    }
}

extension MoneyRule {
    /// The name for people.
    fileprivate var name: String {
        switch self {
        case .budget: "budget"
        case .account: "account's balance"
        case .spendLimit(nil): "spend limit"
        case .spendLimit(.some(let period)): "spend limit of this \(period.name)"
        case .creditLimit: "credit limit"
        case .allowance(let period): "subscription of this \(period.name)"
        }
    }

    fileprivate var spentText: String {
        switch self {
        case .budget: "Budget spent"
        case .account: "The account's balance does not cover this request"
        case .spendLimit, .creditLimit, .allowance: name.prefix(1).uppercased() + name.dropFirst() + " reached"
        }
    }
}

extension MoneyShortage {
    /// The amounts that the client may see.
    fileprivate var amountsText: String {
        guard let free, let held else { return ": this request needs \(needed) USD." }
        return ": this request needs \(needed) USD, \(free) USD is left and \(held) USD is held by requests in flight."
    }

    fileprivate var opensText: String {
        opensAt.map { " It opens again at \($0.rfc3339)." } ?? ""
    }
}
