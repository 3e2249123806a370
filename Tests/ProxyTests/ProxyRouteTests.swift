import Accounts
import Metering
import NIOCore
import NIOHTTP1
import Testing

@testable import Proxy

@Suite struct ProxyRouteTests {
    private func match(_ path: String, _ method: HTTPMethod = .GET, _ headers: HTTPHeaders = [:]) -> RouteMatch {
        ProxyRoute.match(method: method, path: path, headers: headers)
    }

    @Test(arguments: ["/v1", "/openai/v1"])
    func `a path below each base path of a protocol is its operation`(base: String) {
        #expect(match(base + "/chat/completions", .POST) == .proxied(.chatCompletions, parameter: nil))
        #expect(match(base + "/models") == .proxied(.openAIModels, parameter: nil))
        #expect(match(base + "/responses/compact", .POST) == .proxied(.responsesCompact, parameter: nil))
    }

    @Test func `a path that two protocols serve goes by the header that only one of them has`() {
        let headers: HTTPHeaders = ["Anthropic-Version": "2023-06-01"]
        #expect(match("/v1/models") == .proxied(.openAIModels, parameter: nil))
        #expect(match("/v1/models", .GET, headers) == .proxied(.anthropicModels, parameter: nil))
        #expect(match("/v1/models/m", .GET, headers) == .proxied(.anthropicModel, parameter: "m"))
        // A path that one protocol serves is that protocol's, whatever the headers are.
        #expect(match("/openai/v1/models", .GET, headers) == .proxied(.openAIModels, parameter: nil))
        #expect(match("/v1/chat/completions", .POST, headers) == .proxied(.chatCompletions, parameter: nil))
        #expect(match("/v1/messages", .POST) == .proxied(.messages, parameter: nil))
    }

    @Test(arguments: [
        ("m", "m"), ("org/m", "org/m"), ("org%2Fm", "org/m"), ("org%2fm%3A1", "org/m:1"), ("m%", "m%"), ("m%2", "m%2"),
        ("m%zz", "m%zz"), ("%e2%82%ac", "€"), ("%ff", "\u{FFFD}"), ("/m", "/m"),
    ])
    func `the model in a path may hold slashes and is percent-decoded`(path: String, model: String) {
        #expect(match("/v1/models/" + path) == .proxied(.openAIModel, parameter: model))
        #expect(match("/proxy/v1/models/" + path) == .proxied(.anthropicModel, parameter: model))
    }

    @Test func `a stored object is served by two methods, and its identifier has no slash`() {
        #expect(match("/v1/responses/resp_1") == .proxied(.storedResponse, parameter: "resp_1"))
        #expect(match("/openai/v1/responses/resp_1", .DELETE) == .proxied(.deletedResponse, parameter: "resp_1"))
        #expect(match("/v1/responses/resp_1/input_items") == .proxied(.responseItems, parameter: "resp_1"))
        #expect(match("/v1/responses/resp_1", .POST) == .wrongMethod(.openAI, allowed: [.GET, .DELETE]))
        for path in ["/v1/responses/", "/v1/responses/a/b", "/v1/responses/a%2Fb", "/v1/responses/a/b/input_items"] {
            #expect(match(path) == .unknown(.openAI))
        }
    }

    @Test(arguments: ["/v1beta", "/gemini/v1beta"])
    func `a verb behind the model names the operation`(base: String) {
        #expect(
            match(base + "/models/m-1.5:generateContent", .POST) == .proxied(.generateContent, parameter: "m-1.5"))
        #expect(
            match(base + "/models/m%40x:streamGenerateContent", .POST)
                == .proxied(.streamGenerateContent, parameter: "m@x"))
        #expect(match(base + "/models/m:countTokens", .POST) == .proxied(.countContentTokens, parameter: "m"))
        #expect(match(base + "/models/m") == .proxied(.geminiModel, parameter: "m"))
        #expect(match(base + "/models") == .proxied(.geminiModels, parameter: nil))
        #expect(match(base + "/models/m:generateContent") == .wrongMethod(.gemini, allowed: [.POST]))
        #expect(match(base + "/tunedModels/m:generateContent", .POST) == .unknown(.gemini))
    }

    @Test func `a path without a model is unknown in its protocol`() {
        #expect(match("/v1/models/") == .unknown(.openAI))
        #expect(match("/anthropic/v1/models/") == .unknown(.anthropic))
        #expect(match("/v1/messages/batches", .POST) == .unknown(.anthropic))
        #expect(match("/v1/files", .POST) == .unknown(.openAI))
    }

    @Test func `another method than the operation's is refused`() {
        #expect(match("/v1/models/m", .DELETE) == .wrongMethod(.openAI, allowed: [.GET]))
        #expect(match("/v1/messages", .GET) == .wrongMethod(.anthropic, allowed: [.POST]))
    }

    @Test(arguments: ["/", "/balance", "/v1/key", "/v1/account/keys", "/v1/api-keys/x", "/v1", "/openai"])
    func `every other path is the control plane's`(path: String) {
        #expect(match(path) == .control)
    }
}

@Suite struct ModelAnswerTests {
    private let list = ByteBuffer(
        string: #"{"object":"list","data":[{"id":"a","pricing":{"x":1}},{"id":"b/c","n":2},{"id":"d"}]}"#)

    @Test func `one model is its entry in the list that was filtered`() throws {
        let kept = try #require(ModelAnswer.list(list, .openAI) { $0 != "d" })
        #expect(ModelAnswer.entry(of: "a", in: kept, .openAI).map(String.init(buffer:)) == #"{"id":"a"}"#)
        #expect(ModelAnswer.entry(of: "b/c", in: kept, .openAI).map(String.init(buffer:)) == #"{"id":"b/c","n":2}"#)
        for model in ["d", "", "A", "object"] { #expect(ModelAnswer.entry(of: model, in: kept, .openAI) == nil) }
    }

    @Test func `a body that is not a list has no models`() {
        #expect(ModelAnswer.list(ByteBuffer(string: "{}"), .anthropic) { _ in true } == nil)
        #expect(ModelAnswer.entry(of: "a", in: ByteBuffer(string: #"{"data":[{"id":"a"}]"#), .anthropic) == nil)
    }
}

@Suite struct UpstreamRequestTests {
    private let upstream = Upstream(host: "up", port: 443, usesTLS: true, basePath: "/api/v1", key: Secret("secret"))

    private func head(
        _ operation: Operation, _ uri: String, _ headers: HTTPHeaders = [:], parameter: String? = nil
    ) -> HTTPRequestHead {
        UpstreamRequest.head(
            operation, parameter: parameter, to: upstream,
            client: HTTPRequestHead(version: .http1_1, method: .POST, uri: uri, headers: headers), bodyBytes: 2)
    }

    @Test func `the upstream's key is sent in the protocol's field, the client's is not`() {
        let client: HTTPHeaders = [
            "Authorization": "Bearer client", "X-Api-Key": "client", "Anthropic-Beta": "b", "OpenAI-Organization": "o",
        ]
        let chat = head(.chatCompletions, "/v1/chat/completions?x=1", client)
        #expect(chat.uri == "/api/v1/chat/completions?x=1" && chat.method == .POST)
        #expect(chat.headers["authorization"] == ["Bearer secret"] && !chat.headers.contains(name: "x-api-key"))
        let messages = head(.messages, "/v1/messages", client)
        #expect(messages.headers["x-api-key"] == ["secret"] && !messages.headers.contains(name: "authorization"))
        #expect(messages.headers["anthropic-version"] == ["2023-06-01"] && messages.headers["anthropic-beta"] == ["b"])
        #expect(!messages.headers.contains(name: "openai-organization"))
        let version = head(.messages, "/v1/messages", ["anthropic-version": "2024-01-01"])
        #expect(version.headers["anthropic-version"] == ["2024-01-01"])
    }

    @Test func `a stored object is asked for by the client's path below the upstream's base`() {
        for base in ["/v1", "/openai/v1"] {
            #expect(
                head(.storedResponse, base + "/responses/r%5F1?include=x", parameter: "r_1").uri
                    == "/api/v1/responses/r_1?include=x")
        }
        let items = head(.responseItems, "/v1/responses/r_1/input_items", parameter: "r_1")
        #expect(items.uri == "/api/v1/responses/r_1/input_items" && items.method == .GET)
        #expect(head(.deletedResponse, "/v1/responses/r_1").method == .DELETE)
    }

    @Test func `the model is put into the path again, and the client's key is not`() {
        let client: HTTPHeaders = ["x-goog-api-key": "client", "x-goog-api-client": "sdk"]
        let stream = head(
            .streamGenerateContent, "/gemini/v1beta/models/m%40x:streamGenerateContent?key=client&alt=sse", client,
            parameter: "m@x?/:")
        #expect(stream.uri == "/api/v1/models/m%40x%3F/%3A:streamGenerateContent?alt=sse")
        #expect(stream.headers["x-goog-api-key"] == ["secret"] && stream.headers["x-goog-api-client"] == ["sdk"])
        let plain = head(.generateContent, "/v1beta/models/m:generateContent?key=client", parameter: "m")
        #expect(plain.uri == "/api/v1/models/m:generateContent")
    }

    @Test func `a list of models is asked for whole, whatever the client asks`() {
        for operation in [Operation.openAIModels, .openAIModel] {
            #expect(head(operation, "/v1/models/x?limit=1").uri == "/api/v1/models")
        }
        for operation in [Operation.anthropicModels, .anthropicModel] {
            #expect(head(operation, "/v1/models?limit=1&after_id=x").uri == "/api/v1/models?limit=1000")
        }
        #expect(head(.openAIModel, "/v1/models/x").method == .GET)
    }
}
