/// The protocol of the Gemini API.
enum Gemini: ProtocolRules {
    static let name = "Gemini"
    static let settingName = "gemini"
    static let operations: [Operation] = [
        .generateContent, .streamGenerateContent, .countContentTokens, .embedContent, .batchEmbedContents,
        .geminiModels, .geminiModel,
    ]
    /// The official client for Python asks for version `v1`; upstreams have all operations in `v1beta`.
    static let basePaths = ["/v1beta", "/v1", "/gemini/v1beta", "/gemini/v1"]
    static let namespaces = ["/v1beta/", "/gemini/"]
    static let version = "v1beta"
    static let distinctiveHeader: String? = "x-goog-api-key"
    static let namesEndUsers = false

    static let headers = HeaderRules(
        key: "x-goog-api-key", keyPrefix: "", clientKey: (field: "x-goog-api-key", parameter: "key"), required: nil,
        forwardedFromClient: ["x-goog-api-client"], forwardedFromUpstream: [], requestID: "x-request-id",
        rateLimit: HeaderRules.RateLimit(
            limit: "x-ratelimit-limit-requests", remaining: "x-ratelimit-remaining-requests",
            reset: "x-ratelimit-reset-requests", resetFormat: .milliseconds))

    /// The largest page that the API gives: a page has 50 models by default.
    static let modelListTarget = "/models?pageSize=1000"
    static let modelListShape = ModelListShape(
        entries: "models", identifier: "name", identifierPrefix: "models/",
        paging: ModelListShape.Paging(
            limit: "pageSize", after: "pageToken", last: "nextPageToken", standardLimit: 50, maximumLimit: 1000))

    /// Other parameters choose formats that cannot be metered, leave members out of the answer, or carry keys.
    static func forwardedQuery(_ query: Substring, _ operation: Operation) -> String? {
        operation.mayStream && framing(query) == .events ? "alt=sse" : ""
    }

    static func framing(_ query: Substring) -> StreamFraming {
        let values = QueryValues(query)
        return values["alt"] ?? values["$alt"] == "sse" ? .events : .array
    }
}

extension Operation {
    public static let generateContent = Operation(
        40, .gemini, .post, "/models/{model}:generateContent", model: .path, billing: .text)
    public static let streamGenerateContent = Operation(
        41, .gemini, .post, "/models/{model}:streamGenerateContent", answer: .stream, model: .path, billing: .text)
    public static let countContentTokens = Operation(
        42, .gemini, .post, "/models/{model}:countTokens", model: .path, billing: .nothing)
    public static let embedContent = Operation(
        43, .gemini, .post, "/models/{model}:embedContent", model: .path, billing: .input)
    public static let batchEmbedContents = Operation(
        44, .gemini, .post, "/models/{model}:batchEmbedContents", model: .path, billing: .input)
    public static let geminiModels = Operation(
        45, .gemini, .get, "/models", body: .none, answer: .modelList, model: .none, billing: .nothing)
    public static let geminiModel = Operation(
        46, .gemini, .get, "/models/{model}", body: .none, answer: .model, model: .path, billing: .nothing)
}
