/// Errors and keep-alive events.
extension Anthropic {
    static let emptyAccountTexts = ["credit balance is too low"]

    /// The API itself ends such an answer with a reason instead; these are codes of aggregators.
    static let policyErrorCodes: Set = ["cyber_policy_violation", "policy_violation"]

    static func keepAlive(in frame: StreamFrame) -> String { "event: ping\ndata: {\"type\": \"ping\"}\n\n" }

    static func errorBody(_ error: ProtocolError, requestID: String) -> String {
        let message = JSONText.quoted(error.message)
        return
            #"{"type":"error","error":{"type":"\#(type(of: error))","message":\#(message)},"request_id":"\#(requestID)"}"#
    }

    static let errorStatuses = [
        "invalid_request_error": 400, "authentication_error": 401, "billing_error": 402, "permission_error": 403,
        "not_found_error": 404, "request_too_large": 413, "rate_limit_error": 429, "api_error": 500,
        "timeout_error": 504, "overloaded_error": 529,
    ]

    static func errorEvent(
        _ error: ProtocolError, _ operation: Operation, _ frame: StreamFrame, requestID: String
    ) -> String {
        "event: error\ndata: \(errorBody(error, requestID: requestID))\n\n"
    }

    private static func type(of error: ProtocolError) -> String {
        if let type = error.type { return type }
        return switch error.kind {
        case .invalidRequest: "invalid_request_error"
        case .authentication: "authentication_error"
        case .permission: "permission_error"
        case .notFound: "not_found_error"
        case .tooLarge: "request_too_large"
        case .rateLimit: "rate_limit_error"
        case .insufficientFunds: "billing_error"
        case .overloaded: "overloaded_error"
        case .failure: "api_error"
        }
    }
}
