/// Errors and keep-alive events.
extension OpenAI {
    static let emptyAccountTexts = ["insufficient_quota", "billing_hard_limit_reached"]

    static let policyErrorCodes: Set = [
        "cyber_policy_violation", "bio_policy_violation", "content_policy_violation", "policy_violation",
    ]

    static let keepAlive = ": ping\n\n"

    static func errorBody(_ error: ProtocolError, requestID: String) -> String {
        let message = JSONText.quoted(error.message)
        let field = error.field.map(JSONText.quoted) ?? "null"
        let code = error.code.map(JSONText.quoted) ?? "null"
        return #"{"error":{"message":\#(message),"type":"\#(type(of: error))","param":\#(field),"code":\#(code)}}"#
    }

    static func errorEvent(_ error: ProtocolError, requestID: String) -> String {
        "data: \(errorBody(error, requestID: requestID))\n\n"
    }

    private static func type(of error: ProtocolError) -> String {
        switch error.kind {
        case .invalidRequest, .authentication, .permission, .notFound, .tooLarge: "invalid_request_error"
        case .rateLimit: "rate_limit_error"
        case .insufficientFunds: "insufficient_quota"
        case .overloaded, .failure: "server_error"
        }
    }
}
