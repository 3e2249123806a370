/// The OpenAI protocol, as OpenAI and many other providers and aggregators serve it.
enum OpenAI: ProtocolRules {
    static let name = "OpenAI"
    static let settingName = "openai"
    static let operations: [Operation] = [
        .chatCompletions, .completions, .responses, .responsesCompact, .responseTokens, .embeddings, .moderations,
        .imageGenerations,
        .openAIModels,
        .openAIModel,
        .speech, .transcriptions, .translations, .imageEdits, .imageVariations, .storedResponse, .deletedResponse,
        .responseItems,
    ]
    static let basePaths = ["/v1", "/openai/v1"]
    static let namespaces = ["/openai/", "/v1/"]
    static let distinctiveHeader: String? = nil

    static let headers = HeaderRules(
        key: "authorization", keyPrefix: "Bearer ", required: nil, forwardedFromClient: ["openai-beta"],
        forwardedFromUpstream: ["openai-processing-ms", "openai-version"], requestID: "x-request-id",
        rateLimit: HeaderRules.RateLimit(
            limit: "x-ratelimit-limit-requests", remaining: "x-ratelimit-remaining-requests",
            reset: "x-ratelimit-reset-requests", resetFormat: .milliseconds))

    static let modelListTarget = "/models"
    static let modelListShape = ModelListShape(
        entries: "data", identifier: "id",
        expected: [("object", #""model""#), ("created", "0"), ("owned_by", #""system""#)])
}

extension Operation {
    public static let chatCompletions = Operation(
        1, .openAI, .post, "/chat/completions", answer: .mayStream, billing: .text)
    public static let completions = Operation(2, .openAI, .post, "/completions", answer: .mayStream, billing: .text)
    /// A stream of the Responses API repeats every text when it is done.
    public static let responses = Operation(
        3, .openAI, .post, "/responses", answer: .mayStream, streamText: .deltas, billing: .text)
    /// Compacts a conversation: a request like that for a response, without a limit of the output.
    public static let responsesCompact = Operation(20, .openAI, .post, "/responses/compact", billing: .text)
    /// Counts the input tokens of a request for a response.
    public static let responseTokens = Operation(
        29, .openAI, .post, "/responses/input_tokens", billing: .nothing)
    public static let storedResponse = Operation(
        21, .openAI, .get, "/responses/{id}", body: .none, model: .object, billing: .nothing)
    public static let deletedResponse = Operation(
        22, .openAI, .delete, "/responses/{id}", body: .none, model: .object, billing: .nothing)
    public static let responseItems = Operation(
        23, .openAI, .get, "/responses/{id}/input_items", body: .none, model: .object, billing: .nothing)
    public static let speech = Operation(24, .openAI, .post, "/audio/speech", answer: .bytes, billing: .speech)
    public static let transcriptions = Operation(
        25, .openAI, .post, "/audio/transcriptions", body: .form, answer: .mayStream, streamText: .deltas,
        billing: .audio)
    public static let translations = Operation(
        26, .openAI, .post, "/audio/translations", body: .form, billing: .audio)
    public static let imageEdits = Operation(
        27, .openAI, .post, "/images/edits", body: .form, answer: .mayStream, billing: .images)
    public static let imageVariations = Operation(
        28, .openAI, .post, "/images/variations", body: .form, billing: .images)
    public static let embeddings = Operation(4, .openAI, .post, "/embeddings", billing: .input)
    public static let moderations = Operation(5, .openAI, .post, "/moderations", billing: .request)
    public static let openAIModels = Operation(
        8, .openAI, .get, "/models", body: .none, answer: .modelList, model: .none, billing: .nothing)
    public static let imageGenerations = Operation(
        10, .openAI, .post, "/images/generations", answer: .mayStream, billing: .images)
    public static let openAIModel = Operation(
        11, .openAI, .get, "/models/{model}", body: .none, answer: .model, model: .path, billing: .nothing)
}
