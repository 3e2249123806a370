/// Errors and keep-alive events.
extension OpenAI {
    static let emptyAccountTexts = ["insufficient_quota", "billing_hard_limit_reached"]

    static let policyErrorCodes: Set = [
        "cyber_policy_violation", "bio_policy_violation", "content_policy_violation", "policy_violation",
    ]

    static func keepAlive(in frame: StreamFrame) -> String { ": ping\n\n" }

    static func errorBody(_ error: ProtocolError, requestID: String) -> String {
        let message = JSONText.quoted(error.message)
        let field = error.field.map(JSONText.quoted) ?? "null"
        let code = error.code.map(JSONText.quoted) ?? "null"
        return #"{"error":{"message":\#(message),"type":"\#(type(of: error))","param":\#(field),"code":\#(code)}}"#
    }

    static let errorStatuses = [
        "invalid_request_error": 400, "invalid_prompt": 400, "context_length_exceeded": 400,
        "unsupported_parameter": 400, "unknown_parameter": 400, "invalid_value": 400, "invalid_api_key": 401,
        "model_not_found": 404, "rate_limit_exceeded": 429, "insufficient_quota": 429, "server_error": 500,
        "internal_server_error": 500, "server_is_overloaded": 503, "slow_down": 503, "engine_overloaded": 503,
        "overloaded": 503, "service_unavailable": 503, "timeout": 504,
    ]

    static func errorEvent(
        _ error: ProtocolError, _ operation: Operation, _ frame: StreamFrame, requestID: String
    ) -> String {
        if operation == .responses { return OpenAIClosing.failedResponse(error, frame) }
        return "data: \(errorBody(error, requestID: requestID))\n\n"
    }

    private static func type(of error: ProtocolError) -> String {
        if let type = error.type { return type }
        return switch error.kind {
        case .invalidRequest, .authentication, .permission, .notFound, .tooLarge: "invalid_request_error"
        case .rateLimit: "rate_limit_error"
        case .insufficientFunds: "insufficient_quota"
        case .overloaded, .failure: "server_error"
        }
    }
}
