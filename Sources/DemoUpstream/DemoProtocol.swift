import NIOHTTP1

/// The protocol of a request to the demo upstream.
enum DemoProtocol {
    case openAI, anthropic, gemini

    /// Finds the protocol by what only its requests have.
    init(_ head: HTTPRequestHead) {
        self =
            head.uri.hasPrefix("/v1beta/")
            ? .gemini : head.headers.contains(name: "anthropic-version") ? .anthropic : .openAI
    }

    /// The field in which requests present their key.
    var keyField: String {
        switch self {
        case .openAI: "authorization"
        case .anthropic: "x-api-key"
        case .gemini: "x-goog-api-key"
        }
    }

    /// Returns the body of an error.
    func error(_ status: Int, _ message: String) -> String {
        switch self {
        case .openAI: #"{"error":{"message":"\#(message)","type":"\#(type(status))","param":null,"code":null}}"#
        case .anthropic:
            #"{"type":"error","error":{"type":"\#(type(status))","message":"\#(message)"},"request_id":"req_011demo123456"}"#
        case .gemini: #"{"error":{"code":\#(status),"message":"\#(message)","status":"\#(type(status))"}}"#
        }
    }

    private func type(_ status: Int) -> String {
        switch (status, self) {
        case (400, .gemini): "INVALID_ARGUMENT"
        case (429, .gemini): "RESOURCE_EXHAUSTED"
        case (503, .gemini): "UNAVAILABLE"
        case (_, .gemini): "INTERNAL"
        case (400, _): "invalid_request_error"
        case (401, _): "authentication_error"
        case (429, _): "rate_limit_error"
        case (529, _): "overloaded_error"
        case (_, .anthropic): "api_error"
        case (_, .openAI): "server_error"
        }
    }
}
