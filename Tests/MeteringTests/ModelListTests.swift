import Metering
import Testing

@Suite struct ModelListTests {
    private func shown(_ body: String, keeping kept: Set<String>) -> String? {
        var bytes = Array(body.utf8)
        guard
            let cuts = ModelList.cuts(
                in: bytes.span, UpstreamProtocol.openAI.modelListShape, keeping: { kept.contains($0) })
        else { return nil }
        for cut in cuts.reversed() { bytes.removeSubrange(cut) }
        return String(decoding: bytes, as: UTF8.self)
    }

    private let list =
        #"{"object":"list","data":[{"id":"a","pricing":{"x":1}},{"id":"b","n":2},{"id":"c"}],"has_more":false}"#

    @Test(
        arguments: [
            (["a", "b", "c"], #"{"id":"a"},{"id":"b","n":2},{"id":"c"}"#), (["a"], #"{"id":"a"}"#),
            (["b"], #"{"id":"b","n":2}"#), (["c"], #"{"id":"c"}"#), (["a", "c"], #"{"id":"a"},{"id":"c"}"#), ([], ""),
        ] as [(Set<String>, String)])
    func `keeps the models that have a price, without the upstream's`(kept: Set<String>, data: String) {
        #expect(shown(list, keeping: kept) == #"{"object":"list","data":[\#(data)],"has_more":false}"#)
    }

    @Test(arguments: ["", "[]", "{}", #"{"data":{}}"#, #"{"data":[{"id":"a"}]"#, #"{"data":[],"data":[{"id":"a"}]}"#])
    func `what is not a list is not understood`(body: String) {
        #expect(shown(body, keeping: ["a"]) == nil)
    }
}

@Suite struct RedactionTests {
    @Test(arguments: [
        ("in organization org-AbC123xyz on tokens", "in organization [redacted] on tokens"),
        ("key sk-proj-abcd1234efgh, see", "key [redacted], see"),
        (#"{"m":"see https:\/\/platform.openai.com\/x or a@b.com"}"#, #"{"m":"see [redacted] or [redacted]"}"#),
        (#"{"m":"\nuser-12345"}"#, #"{"m":"\n[redacted]"}"#),
        ("a user-facing key-value of max_tokens", "a user-facing key-value of max_tokens"),
    ])
    func `takes out what names the account`(text: String, expected: String) {
        #expect(String(decoding: Redaction.redact(Array(text.utf8)), as: UTF8.self) == expected)
    }
}
