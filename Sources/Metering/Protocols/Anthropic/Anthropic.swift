/// The Anthropic protocol.
enum Anthropic: ProtocolRules {
    static let name = "Anthropic"
    static let settingName = "anthropic"
    static let operations: [Operation] = [.messages, .countTokens, .anthropicModels, .anthropicModel]
    static let basePaths = ["/proxy/v1", "/anthropic/v1", "/v1"]
    static let namespaces = ["/anthropic/", "/proxy/", "/v1/messages"]
    static let distinctiveHeader: String? = "anthropic-version"

    static let headers = HeaderRules(
        key: "x-api-key", keyPrefix: "", required: (name: "anthropic-version", value: "2023-06-01"),
        forwardedFromClient: ["anthropic-version", "anthropic-beta", "anthropic-dangerous-direct-browser-access"],
        forwardedFromUpstream: [], requestID: "request-id",
        rateLimit: HeaderRules.RateLimit(
            limit: "anthropic-ratelimit-requests-limit", remaining: "anthropic-ratelimit-requests-remaining",
            reset: "anthropic-ratelimit-requests-reset", resetFormat: .moment))

    /// The largest page that the API gives: a page has 20 models by default.
    static let modelListTarget = "/models?limit=1000"
    /// A model whose date is not known has that of the epoch, as the API itself does.
    static let modelListShape = ModelListShape(
        entries: "data", identifier: "id",
        expected: [("type", #""model""#), ("display_name", nil), ("created_at", #""1970-01-01T00:00:00Z""#)],
        paging: ModelListShape.Paging(
            limit: "limit", after: "after_id", before: "before_id", hasMore: "has_more", first: "first_id",
            last: "last_id", standardLimit: 20, maximumLimit: 1000))
}

extension Operation {
    public static let messages = Operation(6, .anthropic, .post, "/messages", answer: .mayStream, billing: .text)
    public static let countTokens = Operation(7, .anthropic, .post, "/messages/count_tokens", billing: .nothing)
    public static let anthropicModels = Operation(
        9, .anthropic, .get, "/models", body: .none, answer: .modelList, model: .none, billing: .nothing)
    public static let anthropicModel = Operation(
        12, .anthropic, .get, "/models/{model}", body: .none, answer: .model, model: .path, billing: .nothing)
}
