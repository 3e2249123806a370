import Metering
import Testing

@Suite struct EndUserTests {
    private let key = "0123456789abcdef0123456789abcdef"
    private let session = "01234567-89ab-cdef-0123-456789abcdef"

    private func forwarded(_ body: String, _ operation: Operation, endUser: String? = nil) throws -> String {
        var bytes = Array(body.utf8)
        let facts = try RequestFacts(scanning: bytes.span, for: operation)
        for edit in facts.edits(limitingOutputTo: nil, endUser: endUser ?? key).reversed() {
            bytes.replaceSubrange(edit.range, with: edit.replacement)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(arguments: [Operation.chatCompletions, .responses])
    func `a request that generates text names the key, whatever its client says`(operation: Operation) throws {
        #expect(try forwarded(#"{"model":"m"}"#, operation) == #"{"safety_identifier":"\#(key)","model":"m"}"#)
        for own in [#""someone""#, "null", "[1]"] {
            #expect(
                try forwarded(#"{"model":"m","safety_identifier":\#(own),"n":1}"#, operation)
                    == #"{"model":"m","safety_identifier":"\#(key)","n":1}"#)
        }
        #expect(
            try forwarded(#"{"user":"u","model":"m"}"#, operation)
                == #"{"safety_identifier":"\#(key)","user":"\#(key)","model":"m"}"#)
    }

    @Test func `the name stands beside the other edits of a stream`() throws {
        #expect(
            try forwarded(#"{"model":"m","stream":true}"#, .chatCompletions)
                == #"{"stream_options":{"include_usage":true},"safety_identifier":"\#(key)","model":"m","stream":true}"#
        )
    }

    @Test func `other operations name the key only where their client names a user`() throws {
        #expect(try forwarded(#"{"model":"m","input":"x"}"#, .embeddings) == #"{"model":"m","input":"x"}"#)
        #expect(try forwarded(#"{"model":"m","user":"u"}"#, .embeddings) == #"{"model":"m","user":"\#(key)"}"#)
        #expect(try forwarded(#"{"model":"m"}"#, .responsesCompact) == #"{"model":"m"}"#)
    }

    @Test(
        arguments: [
            ("", #"{"metadata":{"user_id":"KEY"},"model":"m","max_tokens":1}"#),
            (#","metadata":null"#, #"{"model":"m","max_tokens":1,"metadata":{"user_id":"KEY"}}"#),
            (#","metadata":{}"#, #"{"model":"m","max_tokens":1,"metadata":{"user_id":"KEY"}}"#),
            (#","metadata":{"a":1}"#, #"{"model":"m","max_tokens":1,"metadata":{"user_id":"KEY","a":1}}"#),
            (
                #","metadata":{"user_id":"u","a":1}"#,
                #"{"model":"m","max_tokens":1,"metadata":{"user_id":"KEY","a":1}}"#
            ),
            (#","metadata":{"user_id":null}"#, #"{"model":"m","max_tokens":1,"metadata":{"user_id":"KEY"}}"#),
            (#","metadata":7"#, #"{"model":"m","max_tokens":1,"metadata":7}"#),
            // Of the name that Claude Code sends, in its two forms, the session stays.
            (
                #","metadata":{"user_id":"user_ab_account_cd_session_SESSION"}"#,
                #"{"model":"m","max_tokens":1,"metadata":{"user_id":"user_KEY_account__session_SESSION"}}"#
            ),
            (
                #","metadata":{"user_id":"{\"device_id\":\"d\",\"session_id\":\"SESSION\"}"}"#,
                #"{"model":"m","max_tokens":1,"metadata":{"user_id":"user_KEY_account__session_SESSION"}}"#
            ),
            // What is no UUID is the client's own.
            (
                #","metadata":{"user_id":"user_ab_session_someone"}"#,
                #"{"model":"m","max_tokens":1,"metadata":{"user_id":"KEY"}}"#
            ),
        ] as [(String, String)])
    func `a message names the key, and keeps the session`(members: String, expected: String) throws {
        let body = #"{"model":"m","max_tokens":1"# + members.replacing("SESSION", with: session) + "}"
        let wanted = expected.replacing("KEY", with: key).replacing("SESSION", with: session)
        #expect(try forwarded(body, .messages) == wanted)
    }

    @Test func `counting of tokens names nobody`() throws {
        #expect(try forwarded(#"{"model":"m"}"#, .countTokens) == #"{"model":"m"}"#)
    }

    @Test func `without a name the client's own stays`() throws {
        let body = Array(#"{"model":"m","safety_identifier":"u"}"#.utf8)
        #expect(try RequestFacts(scanning: body.span, for: .responses).edits(limitingOutputTo: nil) == [])
    }
}

@Suite struct PolicyErrorTests {
    @Test(
        arguments: [
            (#"{"error":{"message":"m","type":"x","code":"cyber_policy_violation"}}"#, true),
            (#"  {"error":{"type":"content_policy_violation"}}"#, true),
            (#"{"type":"response.failed","response":{"error":{"code":"cyber_policy_violation"}}}"#, true),
            (#"{"type":"error","code":"cyber_policy_violation","message":"m"}"#, true),
            (#"{"error":{"message":"cyber_policy_violation","code":"invalid_request"}}"#, false),
            (#"{"error":"cyber_policy_violation"}"#, false), ("{}", false), ("", false), ("x", false),
        ] as [(String, Bool)])
    func `an error says by its code that it is about policies`(body: String, isPolicyError: Bool) {
        #expect(PolicyError.isReported(in: Array(body.utf8).span, .openAI) == isPolicyError)
    }

    @Test func `a stream and an answer with status 200 say it, too`() {
        var meter = StreamMeter(operation: .responses, dropUsageEvent: false, counting: CountingRules(contextLimit: 10))
        let failed = #"{"type":"response.failed","response":{"error":{"code":"cyber_policy_violation"}}}"#
        _ = meter.examine(Array("data: {\"type\":\"response.created\"}\n\n".utf8).span)
        #expect(!meter.policyErrorSeen)
        _ = meter.examine(Array("data: \(failed)\n\n".utf8).span)
        #expect(meter.policyErrorSeen)
        let plain = Array(#"{"error":{"code":"cyber_policy_violation"}}"#.utf8)
        #expect(
            AnswerMeter.examine(plain.span, operation: .responses, counting: CountingRules(contextLimit: 10))
                .isPolicyError)
    }
}
