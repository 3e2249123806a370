import Metering
import Testing

/// What requests ask for that changes their price: tools, tiers, speed, region, kinds of output.
@Suite struct RequestedServiceTests {
    private func scan(_ members: String, _ operation: Operation) throws(RequestFault) -> RequestFacts {
        try RequestFacts(scanning: Array(#"{"model":"m",\#(members)}"#.utf8).span, for: operation)
    }

    @Test(arguments: [
        (
            #"{"type":"bash_20250124","name":"bash"},{"type":"text_editor_20250728","name":"e"},{"type":"computer_20250124"},{"type":"memory_20250818"}"#,
            Operation.messages
        ),
        (#"{"name":"f","input_schema":{}},{"type":"custom","name":"g"},{"type":"function"}"#, .messages),
        (
            #"{"type":"function"},{"type":"custom"},{"type":"local_shell"},{"type":"shell"},{"type":"apply_patch"}"#,
            .responses
        ),
        (#"{"type":"shell","environment":{"type":"local"}}"#, .responses),
        (#"{"type":"function","function":{"name":"f"}}"#, .chatCompletions),
    ])
    func `tools that the client runs bring instructions and nothing else`(tools: String, operation: Operation) throws {
        let facts = try scan(#""tools":[\#(tools)]"#, operation)
        #expect(facts.input.describesTools && !facts.input.isOpenEnded && facts.hostedTools.isEmpty)
        #expect(facts.requirements.isEmpty)
    }

    @Test(
        arguments: [
            (#""tools":[{"type":"web_search"}]"#, .responses, [HostedTool(.webSearch)]),
            (#""tools":[{"type":"web_search_preview"}]"#, .responses, [HostedTool(.webSearch)]),
            (
                #""tools":[{"type":"web_search_20250305","name":"w","max_uses":5}]"#, .messages,
                [HostedTool(.webSearch, maxUses: 5)]
            ),
            (#""tools":[{"max_uses":-1,"type":"web_search_20260209"}]"#, .messages, [HostedTool(.webSearch)]),
            (
                #""tools":[{"type":"file_search"},{"type":"code_interpreter","container":{}},{"type":"mcp"}]"#,
                .responses,
                [HostedTool(.fileSearch), HostedTool(.codeInterpreter), HostedTool(.other)]
            ),
            (
                #""tools":[{"type":"shell","environment":{"type":"container_auto"}}]"#, .responses,
                [HostedTool(.codeInterpreter)]
            ),
            (
                #""tools":[{"type":"web_fetch_20250910","max_uses":2},{"type":"code_execution_20250825"}]"#, .messages,
                [HostedTool(.other, maxUses: 2), HostedTool(.other)]
            ),
            (#""mcp_servers":[]"#, .messages, [HostedTool(.other)]),
            (#""web_search_options":{}"#, .chatCompletions, [HostedTool(.webSearch)]),
            (#""search_parameters":{"mode":"on"}"#, .chatCompletions, [HostedTool(.webSearch)]),
        ] as [(String, Operation, [HostedTool])])
    func `tools that the upstream runs are bounded by their uses`(
        members: String, operation: Operation, tools: [HostedTool]
    ) throws {
        let facts = try scan(members, operation)
        #expect(facts.hostedTools == tools && !facts.input.isOpenEnded)
    }

    @Test(arguments: [
        (
            #""input":[{"type":"function_call_output","output":[{"type":"input_image","image_url":"DATA"}]}]"#,
            Operation.responses
        ),
        (
            #""input":[{"type":"computer_call_output","output":{"type":"computer_screenshot","image_url":"DATA"}}]"#,
            .responses
        ),
        (
            #""messages":[{"role":"tool","content":[{"type":"image_url","image_url":{"url":"DATA"}}]}]"#,
            .chatCompletions
        ),
        (
            #""messages":[{"role":"user","content":[{"type":"tool_result","content":[{"type":"image","source":{"type":"base64","data":"DATA"}}]}]}]"#,
            .messages
        ),
    ])
    func `an image in the result of a tool is one image`(members: String, operation: Operation) throws {
        let data = "data:image/png;base64," + String(repeating: "A", count: 200_000)
        let input = try scan(members.replacing("DATA", with: data), operation).input
        #expect(input.images == 1 && input.textBytes < 1000)
    }

    @Test(
        arguments: [
            (#""service_tier":"auto""#, .chatCompletions, .automatic),
            (#""service_tier":"flex""#, .responses, .only(.flex)),
            (#""service_tier":"default""#, .chatCompletions, .only(.standard)),
            (#""service_tier":"priority""#, .chatCompletions, .only(.priority)),
            (#""service_tier":"standard_only""#, .messages, .only(.standard)), (#""x":1"#, .messages, .unstated),
        ] as [(String, Operation, RequestedTier)])
    func `reads the service tier`(members: String, operation: Operation, tier: RequestedTier) throws {
        #expect(try scan(members, operation).tier == tier)
    }

    @Test func `reads region and speed`() throws {
        #expect(try scan(#""inference_geo":"us""#, .messages).isResident)
        #expect(try !scan(#""inference_geo":"global""#, .messages).isResident)
        #expect(try scan(#""speed":"fast""#, .messages).isFast)
        #expect(try !scan(#""speed":"standard""#, .messages).isFast)
    }

    @Test(
        arguments: [
            (
                #""service_tier":"priority""#, .chatCompletions,
                [PriceRequirement(.tier(.priority), field: "service_tier")]
            ),
            (#""speed":"fast""#, .messages, [PriceRequirement(.speed, field: "speed")]),
            (
                #""modalities":["text","audio"]"#, .chatCompletions,
                [PriceRequirement(.outputAudio, field: "modalities")]
            ),
            (
                #""modalities":["text"],"audio":{"voice":"a"}"#, .chatCompletions,
                [PriceRequirement(.outputAudio, field: "audio")]
            ),
            (
                #""modalities":["image","text"]"#, .chatCompletions,
                [PriceRequirement(.outputImage, field: "modalities")]
            ),
            (
                #""messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AAAA"}}]}]"#,
                .chatCompletions, [PriceRequirement(.inputAudio, field: "messages")]
            ),
            (#""tools":[{"type":"image_generation"}]"#, .responses, [PriceRequirement(.outputImage, field: "tools")]),
            (#""modalities":["text"],"messages":[]"#, .chatCompletions, []),
        ] as [(String, Operation, [PriceRequirement])])
    func `says what must have a rate, and which field asks for it`(
        members: String, operation: Operation, requirements: [PriceRequirement]
    ) throws {
        #expect(try scan(members, operation).requirements == requirements)
    }

    @Test(arguments: [
        (#""background":true"#, Operation.responses, "background"), (#""background":1"#, .responses, "background"),
        (#""service_tier":"scale""#, .chatCompletions, "service_tier"),
        (#""service_tier":7"#, .responses, "service_tier"),
        (#""service_tier":"flex""#, .messages, "service_tier"), (#""speed":"warp""#, .messages, "speed"),
    ])
    func `refuses what cannot be charged, by name`(members: String, operation: Operation, field: String) {
        #expect { try scan(members, operation) } throws: { ($0 as? RequestFault)?.field == field }
    }

    @Test func `what is false, or means something else, is not refused`() throws {
        #expect(try scan(#""background":false"#, .responses).hostedTools.isEmpty)
        let picture = try scan(#""background":"transparent","size":"1024x1024","quality":"high""#, .imageGenerations)
        #expect(picture.pictureForm == PictureForm(size: "1024x1024", quality: "high"))
    }
}
