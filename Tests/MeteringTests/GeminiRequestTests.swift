import Testing

@testable import Metering

@Suite struct GeminiRequestTests {
    private func facts(_ body: String, _ operation: Metering.Operation = .generateContent) throws -> RequestFacts {
        let bytes = Array(body.utf8)
        return try RequestFacts(scanning: bytes.span, for: operation, model: "m")
    }

    private func forwarded(_ body: String, limit: Int64) throws -> String {
        var bytes = Array(body.utf8)
        let facts = try RequestFacts(scanning: bytes.span, for: .generateContent, model: "m")
        for edit in facts.edits(limitingOutputTo: limit).reversed() {
            bytes.replaceSubrange(edit.range, with: edit.replacement)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func `the path names the model and whether the answer is a stream`() throws {
        let body = #"{"contents":[{"parts":[{"text":"hi"}]}]}"#
        let plain = try facts(body)
        #expect(plain.model == "m" && !plain.isStreamed && plain.input.textBytes == Int64(body.utf8.count))
        #expect(try facts(body, .streamGenerateContent).isStreamed)
        #expect(throws: RequestFault.missing("model")) {
            try RequestFacts(scanning: Array(body.utf8).span, for: .generateContent)
        }
        for name in ["m:generateContent", "tunedModels/m"] {
            #expect(throws: RequestFault.invalid("model", accepted: "a name without colons and slashes")) {
                try RequestFacts(scanning: Array(body.utf8).span, for: .countContentTokens, model: name)
            }
        }
    }

    @Test(arguments: [
        ("generationConfig", "maxOutputTokens", "candidateCount", "thinkingConfig", "thinkingBudget"),
        ("generation_config", "max_output_tokens", "candidate_count", "thinking_config", "thinking_budget"),
    ])
    func `limits are read by both names of their fields`(
        config: String, limit: String, count: String, thinking: String, budget: String
    ) throws {
        let facts = try facts(
            #"{"contents":[],"\#(config)":{"\#(limit)":500,"\#(count)":3,"\#(thinking)":{"\#(budget)":100}}}"#)
        #expect(facts.maxOutputTokens == 500 && facts.choices == 3 && facts.leastOutputTokens == 101)
    }

    @Test(arguments: [
        (#"{"contents":[]}"#, #"{"generationConfig":{"maxOutputTokens":7},"contents":[]}"#),
        (#"{"contents":[],"generationConfig":null}"#, #"{"contents":[],"generationConfig":{"maxOutputTokens":7}}"#),
        (#"{"contents":[],"generationConfig":{}}"#, #"{"contents":[],"generationConfig":{"maxOutputTokens":7}}"#),
        (
            #"{"contents":[],"generation_config":{"topK":1}}"#,
            #"{"contents":[],"generation_config":{"maxOutputTokens":7,"topK":1}}"#
        ),
        (
            #"{"contents":[],"generationConfig":{"max_output_tokens":900}}"#,
            #"{"contents":[],"generationConfig":{"max_output_tokens":7}}"#
        ),
    ])
    func `the limit is put where the request has its own, or would have it`(body: String, expected: String) throws {
        #expect(try forwarded(body, limit: 7) == expected)
        #expect(try facts(expected).maxOutputTokens == 7)
    }

    @Test(arguments: [
        #"{"generationConfig":{"maxOutputTokens":1},"generation_config":{}}"#,
        #"{"contents":[],"generationConfig":{"maxOutputTokens":1,"max_output_tokens":2}}"#,
        #"{"contents":[],"generationConfig":{"maxOutputTokens":0}}"#,
        #"{"contents":[],"generationConfig":{"maxOutputTokens":"9"}}"#,
        #"{"contents":[],"generationConfig":{"candidateCount":0}}"#, #"{"contents":[],"generationConfig":[]}"#,
        #"{"contents":[],"serviceTier":"fastest"}"#, #"{"contents":[],"model":"models/other"}"#, #"{}"#,
    ])
    func `what the upstream could read differently is refused`(body: String) {
        #expect(throws: RequestFault.self) { try facts(body) }
    }

    @Test func `images and audio in the body have bounds of their own`() throws {
        let data = String(repeating: "A", count: 400)
        func part(_ type: String) -> String { #"{"inlineData":{"mimeType":"\#(type)","data":"\#(data)"}}"# }
        let body =
            #"{"contents":[{"parts":[\#(part("image/png")),\#(part("audio/mp3")),\#(part("text/plain"))]}],"#
            + #""systemInstruction":{"parts":\#(part("image/webp"))}}"#
        let input = try facts(body).input
        #expect(input.images == 2 && input.audioBytes == 400 && !input.isOpenEnded)
        #expect(input.textBytes == Int64(body.utf8.count) - 1200)
        // The same data of a function's result.
        let result = #"{"contents":[{"parts":[{"function_response":{"parts":[\#(part("image/png"))]}}]}]}"#
        #expect(try facts(result).input.images == 1)
    }

    @Test(arguments: [
        #"{"inlineData":{"mimeType":"video/mp4","data":"AAAA"}}"#,
        #"{"inline_data":{"mime_type":"application/pdf","data":"AAAA"}}"#, #"{"inlineData":{"data":"AAAA"}}"#,
        #"{"inlineData":{"mimeType":"image/png","mime_type":"video/mp4","data":"AAAA"}}"#,
        #"{"fileData":{"fileUri":"https://video.example/watch"}}"#,
    ])
    func `what the size of the body does not bound can fill the context`(part: String) throws {
        #expect(try facts(#"{"contents":[{"parts":[\#(part)]}]}"#).input.isOpenEnded)
    }

    @Test func `what the upstream stores is named as a reference`() throws {
        func references(_ body: String, _ operation: Metering.Operation = .generateContent) throws -> [ObjectReference]
        {
            try facts(body, operation).input.references
        }
        let file = "https://generativelanguage.googleapis.com/v1beta/files/abc"
        let content =
            #""contents":[{"parts":[{"fileData":{"fileUri":"\#(file)"}},{"file_data":{"file_uri":"https://x.example/files/1"}}]}]"#
        let expected = [ObjectReference(id: file, field: "fileUri")]
        #expect(try references("{\(content)}") == expected)
        #expect(try references("{\(content)}", .countContentTokens) == expected)
        #expect(try references(#"{"generateContentRequest":{\#(content)}}"#, .countContentTokens) == expected)
        #expect(
            try references(#"{"contents":[],"cached_content":"cachedContents/abc"}"#)
                == [ObjectReference(id: "cachedContents/abc", field: "cachedContent")])
    }

    @Test func `functions are run by the client, all other tools by the upstream`() throws {
        let functions = try facts(#"{"contents":[],"tools":[{"functionDeclarations":[]},{"computer_use":{}}]}"#).input
        #expect(functions.describesTools && !functions.isOpenEnded)
        func tools(_ tool: String) throws -> RequestFacts { try facts(#"{"contents":[],"tools":[{"\#(tool)":{}}]}"#) }
        #expect(try tools("googleSearch").hostedTools == [HostedTool(.webSearch)])
        for tool in ["url_context", "codeExecution"] {
            let facts = try tools(tool)
            #expect(facts.hostedTools == [HostedTool(.other)] && !facts.input.isOpenEnded)
        }
        #expect(try tools("anythingNew").input.isOpenEnded)
        let stores = #"{"contents":[],"tools":{"fileSearch":{"fileSearchStoreNames":["fileSearchStores/a"]}}}"#
        #expect(
            try facts(stores).input.references
                == [ObjectReference(id: "fileSearchStores/a", field: "fileSearchStoreNames")])
    }

    @Test func `what has rates of its own must have them`() throws {
        let audio = #"{"contents":[{"parts":[{"inlineData":{"mimeType":"audio/wav","data":"AAAA"}}]}]}"#
        #expect(try facts(audio).requirements == [PriceRequirement(.inputAudio, field: "contents")])
        let config =
            #"{"contents":[],"generationConfig":{"responseModalities":["TEXT","image"]},"service_tier":"priority"}"#
        let asked = try facts(config)
        #expect(asked.tier == .only(.priority))
        #expect(
            asked.requirements == [
                PriceRequirement(.tier(.priority), field: "serviceTier"),
                PriceRequirement(.anyOf([.outputImage, .pictures]), field: "generationConfig.responseModalities"),
            ])
        #expect(try facts(#"{"contents":[],"serviceTier":"FLEX"}"#).tier == .only(.flex))
    }

    @Test func `every request of a batch is for the model of the path`() throws {
        func batch(_ model: String) -> String {
            #"{"requests":[{"model":"models/m","content":{"parts":[{"inlineData":{"mimeType":"image/png","data":"AA"}}]}},{"model":"\#(model)"}]}"#
        }
        #expect(try facts(batch("m"), .batchEmbedContents).input.images == 1)
        #expect(throws: RequestFault.invalid("model", accepted: "the model that the path names")) {
            try facts(batch("models/dearer"), .batchEmbedContents)
        }
    }

    @Test func `only the framing of a stream is forwarded of a query`() {
        func query(_ query: Substring, _ operation: Metering.Operation = .streamGenerateContent) -> String? {
            UpstreamProtocol.gemini.forwardedQuery(query, operation)
        }
        #expect(query("key=secret&alt=sse&fields=candidates") == "alt=sse" && query("%24alt=sse") == "alt=sse")
        #expect(query("alt=proto&key=secret") == "" && query("") == "" && query("alt=sse", .generateContent) == "")
        #expect(UpstreamProtocol.gemini.framing("alt=sse") == .events && UpstreamProtocol.gemini.framing("") == .array)
        #expect(UpstreamProtocol.openAI.forwardedQuery("x=1", .chatCompletions) == nil)
    }
}
