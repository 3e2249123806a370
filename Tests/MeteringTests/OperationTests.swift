import Metering
import Testing

@Suite struct OperationTests {
    @Test func `the ledger's numbers of operations never change`() {
        let numbers: [Operation: Int] = [
            .chatCompletions: 1, .completions: 2, .responses: 3, .embeddings: 4, .moderations: 5, .messages: 6,
            .countTokens: 7, .openAIModels: 8, .anthropicModels: 9, .imageGenerations: 10, .openAIModel: 11,
            .anthropicModel: 12, .responsesCompact: 20, .storedResponse: 21, .deletedResponse: 22, .responseItems: 23,
            .speech: 24, .transcriptions: 25, .translations: 26, .imageEdits: 27, .imageVariations: 28,
            .responseTokens: 29, .generateContent: 40, .streamGenerateContent: 41,
            .countContentTokens: 42, .embedContent: 43, .batchEmbedContents: 44, .geminiModels: 45, .geminiModel: 46,
        ]
        #expect(Set(numbers.values) == Set(Operation.allCases.map(\.rawValue)))
        for (operation, number) in numbers {
            #expect(operation.rawValue == number)
            #expect(Operation(rawValue: number)?.path == operation.path)
        }
        #expect(numbers.count == Operation.allCases.count)
        for number in [-1, 0, 13, Int.max] { #expect(Operation(rawValue: number) == nil) }
    }

    @Test func `an operation is listed by the protocol whose shapes it has`() {
        for upstreamProtocol in UpstreamProtocol.allCases {
            let own = Operation.allCases.filter { $0.upstreamProtocol == upstreamProtocol }
            #expect(own.contains { $0.answer == .modelList } && own.contains { $0.generatesText })
            // One model is read from the list, so whoever serves the one serves the other.
            #expect(own.contains { $0.answer == .model })
        }
    }

    @Test func `a path has a parameter where it names the model, and a body where that does`() {
        for operation in Operation.allCases {
            #expect(operation.path.contains("{") == (operation.model == .path || operation.model == .object))
            if operation.model == .body { #expect(operation.body != .none) }
            if operation.readsModelList { #expect(operation.body == .none && !operation.isBilled) }
        }
    }

    @Test func `a model that the path names takes the place of the body's`() throws {
        let body = Array(#"{"max_tokens":7}"#.utf8)
        for operation in [Operation.chatCompletions, .messages] {
            #expect(try RequestFacts(scanning: body.span, for: operation, model: "m").model == "m")
            #expect(throws: RequestFault.missing("model")) { try RequestFacts(scanning: body.span, for: operation) }
        }
    }
}

@Suite struct ProtocolErrorTests {
    private let error = ProtocolError(
        status: 402, kind: .insufficientFunds, message: "a \"quoted\"\nline\u{1}", code: "insufficient_quota",
        field: "model")

    @Test(arguments: [
        (
            UpstreamProtocol.openAI,
            #"{"error":{"message":"a \"quoted\"\nline\u0001","type":"insufficient_quota","param":"model","code":"insufficient_quota"}}"#,
            "data: BODY\n\n"
        ),
        (
            .anthropic,
            #"{"type":"error","error":{"type":"billing_error","message":"a \"quoted\"\nline\u0001"},"request_id":"req_1"}"#,
            "event: error\ndata: BODY\n\n"
        ),
        (
            .gemini,
            #"{"error":{"code":402,"message":"a \"quoted\"\nline\u0001","status":"FAILED_PRECONDITION","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"INSUFFICIENT_QUOTA","domain":"gateway"},{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"model","description":"a \"quoted\"\nline\u0001"}]}]}}"#,
            "data: BODY\n\n"
        ),
    ])
    func `an error has the protocol's shape, alone and in a stream`(
        upstreamProtocol: UpstreamProtocol, body: String, event: String
    ) throws {
        #expect(upstreamProtocol.errorBody(error, requestID: "req_1") == body)
        let operation = Operation.allCases.first { $0.upstreamProtocol == upstreamProtocol && $0.mayStream }
        let stream = StreamMeter(operation: try #require(operation), dropUsageEvent: false, counting: .unlimited)
        #expect(stream.errorEvent(error, requestID: "req_1") == event.replacing("BODY", with: body))
    }
}
