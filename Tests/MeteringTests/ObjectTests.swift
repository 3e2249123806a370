import Metering
import Testing

@Suite struct ObjectReferenceTests {
    private func references(_ body: String, _ operation: Operation) throws -> [String] {
        try RequestFacts(scanning: Array(body.utf8).span, for: operation).input.references.map {
            "\($0.field)=\($0.id)"
        }
    }

    @Test(
        arguments: [
            (#""previous_response_id":"resp_1""#, ["previous_response_id=resp_1"]),
            (#""conversation":"conv_1""#, ["conversation=conv_1"]),
            (#""conversation":{"id":"conv_1"}"#, ["conversation=conv_1"]),
            (#""previous_response_id":null,"conversation":null"#, []),
            (#""input":[{"type":"item_reference","id":"msg_1"}]"#, ["id=msg_1"]),
            (#""input":[{"id":"msg_1"},{"type":null,"id":"msg_2"}]"#, ["id=msg_1", "id=msg_2"]),
            (#""input":[{"role":"user","id":"msg_1","content":"x"},{"type":"reasoning","id":"rs_1"}]"#, []),
            (#""input":[{"content":[{"type":"input_file","file_id":"file-1"}]}]"#, ["file_id=file-1"]),
            (#""input":[{"content":[{"type":"input_image","file_id":"file-1"}]}]"#, ["file_id=file-1"]),
            (#""input":[{"type":"input_file","file\u005fid":"file-1"}]"#, ["file_id=file-1"]),
            (
                #""input":[{"type":"code_interpreter_call","id":"ci_1","container_id":"cntr_1"}]"#,
                ["container_id=cntr_1"]
            ),
            (
                #""tools":[{"type":"file_search","vector_store_ids":["vs_1","vs_2"]}]"#,
                ["vector_store_ids=vs_1", "vector_store_ids=vs_2"]
            ),
            (#""tools":[{"type":"code_interpreter","container":"cntr_1"}]"#, ["container=cntr_1"]),
            (
                #""tools":[{"type":"code_interpreter","container":{"type":"auto","file_ids":["file-1"]}}]"#,
                ["file_ids=file-1"]
            ),
            (#""tools":[{"type":"image_generation","input_image_mask":{"file_id":"file-1"}}]"#, ["file_id=file-1"]),
            (#""tools":[{"type":"function","name":"f","parameters":{"file_id":"x","type":"object"}}]"#, []),
            (
                #""prompt":{"id":"pmpt_1","variables":{"a":{"type":"input_file","file_id":"file-1"},"b":"x"}}"#,
                ["file_id=file-1"]
            ),
        ] as [(String, [String])])
    func `a request for a response names stored objects in many places`(members: String, expected: [String]) throws {
        #expect(try references(#"{"model":"m",\#(members)}"#, .responses) == expected)
        #expect(try references(#"{"model":"m",\#(members)}"#, .responsesCompact) == expected)
    }

    @Test func `chat and messages name files and containers`() throws {
        let chat =
            #"{"model":"m","messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"file-1"}}]}]}"#
        #expect(try references(chat, .chatCompletions) == ["file_id=file-1"])
        let parts =
            #"{"type":"document","source":{"type":"file","file_id":"file_1"}},{"type":"container_upload","file_id":"file_2"}"#
        let message =
            #"{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[\#(parts)]}],"container":"c_1"}"#
        #expect(try references(message, .messages) == ["file_id=file_1", "file_id=file_2", "container=c_1"])
        let object = #"{"model":"m","max_tokens":1,"messages":[],"container":{"id":"c_1","skills":[]}}"#
        #expect(try references(object, .messages) == ["container=c_1"])
    }

    @Test func `a path names one object`() {
        #expect(RequestFacts(ofObject: "resp_1").input.references == [ObjectReference(id: "resp_1", field: "id")])
    }
}

@Suite struct GivenObjectTests {
    private func given(_ body: String, _ operation: Operation, _ objects: ObjectsGiven) -> [String] {
        AnswerMeter.examine(
            Array(body.utf8).span, operation: operation, counting: CountingRules(contextLimit: 1000), objects: objects
        ).objects
    }

    private let response = #"""
        {"id":"resp_1","object":"response","conversation":{"id":"conv_1"},"previous_response_id":"resp_0","metadata":{"id":"x"},
        "tools":[{"type":"function","parameters":{"id":"forged","container_id":"forged"}}],"prompt":{"id":"pmpt_1"},
        "output":[{"type":"code_interpreter_call","id":"ci_1","container_id":"cntr_1","outputs":[{"id":"x"}]},
        {"type":"function_call","id":"fc_1","call_id":"call_1","arguments":"{\"id\":\"x\"}"},
        {"type":"message","id":"msg_1","content":[{"type":"output_text","text":"t","annotations":[
        {"type":"container_file_citation","file_id":"cfile_1","container_id":"cntr_1"}]}]}]}
        """#

    @Test
    func `a response gives itself, its conversation, its items and what its tools made, and nothing that it repeats`() {
        #expect(
            given(response, .responses, .all)
                == ["resp_1", "conv_1", "ci_1", "cntr_1", "fc_1", "msg_1", "cfile_1", "cntr_1"])
        #expect(given(response, .responses, .byTools) == ["conv_1", "cntr_1", "cfile_1", "cntr_1"])
        #expect(given(response, .responses, .none) == [])
        #expect(given("  " + response, .responses, .all).first == "resp_1")
    }

    @Test func `a stream gives the same in its first and its last event`() {
        let line = response.split(separator: "\n").joined()
        let events = """
            data: {"type":"response.created","response":{"id":"resp_1","output":[]}}

            data: {"type":"response.output_item.added","item":{"id":"msg_1","type":"message"}}

            data: {"type":"response.completed","response":\(line)}


            """
        var meter = StreamMeter(
            operation: .responses, dropUsageEvent: false, counting: CountingRules(contextLimit: 1000), objects: .all)
        let bytes = Array(events.utf8)
        let first = events.split(separator: "\n\n")[0].utf8.count + 2
        _ = meter.examine(bytes.span.extracting(0..<first))
        #expect(meter.takeObjects() == ["resp_1"])
        _ = meter.examine(bytes.span.extracting(first...))
        #expect(
            meter.takeObjects() == ["resp_1", "conv_1", "ci_1", "cntr_1", "fc_1", "msg_1", "cfile_1", "cntr_1"])
        #expect(meter.takeObjects() == [])
    }

    @Test func `a message gives its container and the files that its code wrote`() {
        let result = #"{"type":"bash_code_execution_tool_result","content":{"content":[{"file_id":"file_1"}]}}"#
        let forged =
            #"{"type":"tool_use","id":"x","input":{"file_id":"forged"}},{"type":"mcp_tool_result","content":[{"file_id":"forged"}]}"#
        let message = #"{"id":"msg_1","container":{"id":"c_1","expires_at":"x"},"content":[\#(result),\#(forged)]}"#
        #expect(given(message, .messages, .byTools) == ["c_1", "file_1"])
        var meter = StreamMeter(
            operation: .messages, dropUsageEvent: false, counting: CountingRules(contextLimit: 1000), objects: .byTools)
        let events = """
            data: {"type":"message_start","message":{"id":"msg_1","usage":{"input_tokens":1}}}

            data: {"type":"content_block_start","index":0,"content_block":\(result)}

            data: {"type":"message_delta","delta":{"container":{"id":"c_1"}},"usage":{"output_tokens":1}}


            """
        _ = meter.examine(Array(events.utf8).span)
        #expect(meter.takeObjects() == ["file_1", "c_1"])
    }
}
