/// A response of the demo upstream.
struct DemoAnswer: Sendable {
    var status = 200
    var contentType = "application/json"
    var headers: [(String, String)] = []
    /// The body: one part for a plain response, one part per event for a stream.
    var parts: [String]
    var isStream = false

    static func error(_ status: Int, _ message: String, _ shape: DemoProtocol, retryAfter: Int? = nil) -> DemoAnswer {
        DemoAnswer(
            status: status, headers: retryAfter.map { [("retry-after", "\($0)")] } ?? [],
            parts: [shape.error(status, message)])
    }

    /// Returns the model list of a protocol; `demo-unpriced` is in no rate card.
    static func models(_ shape: DemoProtocol) -> DemoAnswer {
        let names = ["demo-chat", "demo-messages", "demo-embedding", "demo-org/chat", "demo-unpriced"]
        let data = names.map { name in
            switch shape {
            case .openAI:
                #"{"id":"\#(name)","object":"model","created":1767225600,"owned_by":"demo","pricing":{"prompt":"0.1"}}"#
            case .anthropic:
                #"{"type":"model","id":"\#(name)","display_name":"\#(name)","created_at":"2026-01-01T00:00:00Z"}"#
            case .gemini:
                #"{"name":"models/\#(name)","displayName":"\#(name)","inputTokenLimit":128000,"supportedGenerationMethods":["generateContent"]}"#
            }
        }.joined(separator: ",")
        let body =
            switch shape {
            case .openAI: #"{"object":"list","data":[\#(data)]}"#
            case .anthropic: #"{"data":[\#(data)],"has_more":false,"first_id":"demo-chat","last_id":"demo-unpriced"}"#
            case .gemini: #"{"models":[\#(data)]}"#
            }
        return DemoAnswer(parts: [body])
    }

    init(status: Int = 200, headers: [(String, String)] = [], parts: [String]) {
        self.status = status
        self.headers = headers
        self.parts = parts
    }

    /// Creates the response to a request.
    init(_ request: DemoRequest) {
        let switches = request.switches
        if switches.status != 200 {
            let reason =
                "The demo upstream was asked to fail. (organization org-demo12345678, key sk-demo-1234567890abcdef)"
            self = .error(switches.status, reason, request.path.shape, retryAfter: switches.retryAfter)
            return
        }
        if switches.isGarbage {
            self.init(parts: ["<html>not an answer</html>"])
            return
        }
        self.init(parts: request.isStreamed ? request.events() : [request.plain()])
        isStream = request.isStreamed
        if isStream, !request.isArray { contentType = "text/event-stream; charset=utf-8" }
        if switches.tellsCost {
            headers += [("x-upstream-cost", "0.00014"), ("x-upstream-balance", "1234.5")]
        }
        headers.append(("openai-organization", "org-demo12345678"))
        headers.append(("x-request-id", "req_upstream_\(request.fingerprint)"))
        if switches.failsInStream, isStream {
            parts = Array(parts.prefix(3)) + request.errorEvents()
        }
    }
}
