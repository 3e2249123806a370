import Admission
import Metering
import Money
import NIOHTTP1
import Timekeeping

/// An error that the gateway itself answers on a proxied path, in the shape of the path's protocol.
struct ErrorAnswer: Equatable {
    /// The HTTP status.
    var status: HTTPResponseStatus
    /// For people; safe for the client.
    var message: String
    /// OpenAI's `type`.
    var openAIType: String
    /// OpenAI's `code`.
    var openAICode: String?
    /// OpenAI's `param`: the field that is wrong.
    var parameter: String?
    /// Anthropic's `type`.
    var anthropicType: String
    /// Seconds until trying again helps.
    var retryAfter: Int64?
    /// False where a status that SDKs repeat by themselves stands for something that will not change soon.
    var mayBeRetried = true

    /// Returns the body in the shape of a protocol.
    func body(_ shape: UpstreamProtocol, requestID: String) -> String {
        let message = JSONText.quoted(message)
        switch shape {
        case .openAI:
            let parameter = parameter.map(JSONText.quoted) ?? "null"
            let code = openAICode.map(JSONText.quoted) ?? "null"
            return #"{"error":{"message":\#(message),"type":"\#(openAIType)","param":\#(parameter),"code":\#(code)}}"#
        case .anthropic:
            return
                #"{"type":"error","error":{"type":"\#(anthropicType)","message":\#(message)},"request_id":"\#(requestID)"}"#
        }
    }

    /// Returns the error as the last event of a stream that has already begun.
    func event(_ shape: UpstreamProtocol, requestID: String) -> String {
        let data = "data: " + body(shape, requestID: requestID) + "\n\n"
        return shape == .anthropic ? "event: error\n" + data : data
    }
}

extension ErrorAnswer {
    static func invalid(_ message: String, parameter: String? = nil, code: String? = nil) -> ErrorAnswer {
        ErrorAnswer(
            status: .badRequest, message: message, openAIType: "invalid_request_error", openAICode: code,
            parameter: parameter, anthropicType: "invalid_request_error")
    }

    static func upstream(_ status: HTTPResponseStatus, _ message: String, retryAfter: Int64? = nil) -> ErrorAnswer {
        ErrorAnswer(
            status: status, message: message, openAIType: "server_error", openAICode: "upstream_error",
            anthropicType: status.code == 529 ? "overloaded_error" : "api_error", retryAfter: retryAfter)
    }

    static func notFound(path: String) -> ErrorAnswer {
        ErrorAnswer(
            status: .notFound, message: "Unknown path: \(path)", openAIType: "invalid_request_error",
            openAICode: "unknown_url", anthropicType: "not_found_error")
    }

    static func wrongMethod(allowed: HTTPMethod) -> ErrorAnswer {
        ErrorAnswer(
            status: .methodNotAllowed, message: "Only \(allowed.rawValue) requests are accepted here.",
            openAIType: "invalid_request_error", openAICode: "method_not_allowed",
            anthropicType: "invalid_request_error")
    }

    static func tooLarge(limit: Int) -> ErrorAnswer {
        ErrorAnswer(
            status: .payloadTooLarge, message: "The request's body is larger than \(limit) bytes.",
            openAIType: "invalid_request_error", openAICode: "request_too_large", anthropicType: "request_too_large")
    }

    static let encodedBody = ErrorAnswer(
        status: .unsupportedMediaType, message: "Content-Encoding is not supported: send the body uncompressed.",
        openAIType: "invalid_request_error", openAICode: "unsupported_content_encoding",
        anthropicType: "invalid_request_error")

    /// The upstream account itself is in trouble: its key is refused or its balance is empty.
    static let upstreamAccount = upstream(
        .serviceUnavailable, "The service is temporarily unavailable. Please try again later.", retryAfter: 30)

    /// Returns a fault of a request's body.
    init(_ fault: RequestFault) {
        self = .invalid(fault.message, parameter: fault.field)
    }

    /// Returns a refusal of admission.
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
                status: .unauthorized, message: "Invalid API key.", openAIType: "invalid_request_error",
                openAICode: "invalid_api_key", anthropicType: "authentication_error")
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
                status: .notFound, message: "The model '\(model)' does not exist or has no price here.",
                openAIType: "invalid_request_error", openAICode: "model_not_found", parameter: "model",
                anthropicType: "not_found_error")
        case .budgetSpent(let shortage):
            ErrorAnswer(
                status: .paymentRequired,
                message: shortage.rule.spentText + shortage.amountsText + shortage.opensText
                    + " A shorter input or a lower output limit (max_tokens) needs less.",
                openAIType: "insufficient_quota", openAICode: "insufficient_quota", anthropicType: "billing_error")
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
            status: .forbidden, message: message, openAIType: "invalid_request_error", openAICode: code,
            parameter: parameter, anthropicType: "permission_error")
    }

    private static func rateLimit(_ message: String, code: String) -> ErrorAnswer {
        ErrorAnswer(
            status: .tooManyRequests, message: message, openAIType: "rate_limit_error", openAICode: code,
            anthropicType: "rate_limit_error")
    }
}

extension MoneyRule {
    /// What it is called for people.
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

/// Text inside JSON.
enum JSONText {
    /// Returns a text as a JSON string, quotes included.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
