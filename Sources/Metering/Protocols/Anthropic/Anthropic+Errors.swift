/// Errors and keep-alive events.
extension Anthropic {
    static let emptyAccountTexts = ["credit balance is too low"]

    /// The API itself ends such an answer with a reason instead; these are codes of aggregators.
    static let policyErrorCodes: Set = ["cyber_policy_violation", "policy_violation"]

    static let keepAlive = "event: ping\ndata: {\"type\": \"ping\"}\n\n"

    static func errorBody(_ error: ProtocolError, requestID: String) -> String {
        let message = JSONText.quoted(error.message)
        return
            #"{"type":"error","error":{"type":"\#(type(of: error))","message":\#(message)},"request_id":"\#(requestID)"}"#
    }

    static func errorEvent(_ error: ProtocolError, requestID: String) -> String {
        "event: error\ndata: \(errorBody(error, requestID: requestID))\n\n"
    }

    private static func type(of error: ProtocolError) -> String {
        switch error.kind {
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
