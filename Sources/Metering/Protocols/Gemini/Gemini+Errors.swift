/// Errors and keep-alive texts.
extension Gemini {
    static let emptyAccountTexts = ["API_KEY_INVALID", "BILLING_DISABLED", "SERVICE_DISABLED"]

    /// A blank line between events, and white space between elements, mean nothing. The official client for Python takes a
    /// comment for an answer.
    static func keepAlive(in frame: StreamFrame) -> String { "\n" }

    static func errorBody(_ error: ProtocolError, requestID: String) -> String {
        #"{"error":{"code":\#(error.status),"message":\#(JSONText.quoted(error.message)),"#
            + #""status":"\#(status(of: error))"\#(details(of: error))}}"#
    }

    static let errorStatuses = [
        "INVALID_ARGUMENT": 400, "FAILED_PRECONDITION": 400, "OUT_OF_RANGE": 400, "UNAUTHENTICATED": 401,
        "PERMISSION_DENIED": 403, "NOT_FOUND": 404, "ABORTED": 409, "RESOURCE_EXHAUSTED": 429, "CANCELLED": 499,
        "INTERNAL": 500, "UNAVAILABLE": 503, "DEADLINE_EXCEEDED": 504,
    ]

    static func errorEvent(
        _ error: ProtocolError, _ operation: Operation, _ frame: StreamFrame, requestID: String
    ) -> String {
        lastEvent(errorBody(error, requestID: requestID), in: frame)
    }

    /// Returns an object as the last event of a stream.
    static func lastEvent(_ object: String, in frame: StreamFrame) -> String {
        switch frame.framing.kind {
        case .events: "data: \(object)\n\n"
        case .array: frame.framing.array.closing(with: object)
        }
    }

    private static func status(of error: ProtocolError) -> String {
        switch error.kind {
        case .invalidRequest, .tooLarge: "INVALID_ARGUMENT"
        case .authentication: "UNAUTHENTICATED"
        case .permission: "PERMISSION_DENIED"
        case .notFound: "NOT_FOUND"
        case .rateLimit: "RESOURCE_EXHAUSTED"
        // The API says so where an account has to be funded first.
        case .insufficientFunds: "FAILED_PRECONDITION"
        case .overloaded: "UNAVAILABLE"
        case .failure: error.status == 504 ? "DEADLINE_EXCEEDED" : error.status == 500 ? "INTERNAL" : "UNAVAILABLE"
        }
    }

    /// The code and the field, in the types that the API uses for them.
    private static func details(of error: ProtocolError) -> String {
        var details: [String] = []
        if let code = error.code {
            details.append(
                #"{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":\#(JSONText.quoted(code.uppercased())),"#
                    + #""domain":"gateway"}"#)
        }
        if let field = error.field {
            details.append(
                #"{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"#
                    + #""field":\#(JSONText.quoted(field)),"description":\#(JSONText.quoted(error.message))}]}"#)
        }
        return details.isEmpty ? "" : #","details":[\#(details.joined(separator: ","))]"#
    }
}
