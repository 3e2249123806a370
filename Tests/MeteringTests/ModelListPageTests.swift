import Metering
import Testing

@Suite struct ModelListPageTests {
    private let shape = UpstreamProtocol.anthropic.modelListShape
    private let list = Array(#"{"data":[{"id":"a"},{"id":"b"},{"id":"c"},{"id":"d"}],"has_more":true,"x":1}"#.utf8)

    private func page(_ query: [String: String]) throws -> String {
        String(decoding: try ModelList.page(of: list, shape) { query[$0] }, as: UTF8.self)
    }

    private func expected(_ ids: [String], hasMore: Bool) -> String {
        let entries = ids.map { #"{"id":"\#($0)"}"# }.joined(separator: ",")
        let (first, last) = (ids.first.map { "\"\($0)\"" } ?? "null", ids.last.map { "\"\($0)\"" } ?? "null")
        return #"{"data":[\#(entries)],"x":1,"has_more":\#(hasMore),"first_id":\#(first),"last_id":\#(last)}"#
    }

    @Test(
        arguments: [
            ([:], ["a", "b", "c", "d"], false), (["limit": "2"], ["a", "b"], true),
            (["limit": "4"], ["a", "b", "c", "d"], false),
            (["after_id": "b"], ["c", "d"], false), (["after_id": "a", "limit": "1"], ["b"], true),
            (["after_id": "d"], [], false), (["before_id": "d", "limit": "2"], ["b", "c"], true),
            (["before_id": "c"], ["a", "b"], false), (["before_id": "a"], [], false),
            (["after_id": "a", "before_id": "d"], ["b", "c"], false), (["after_id": "c", "before_id": "b"], [], false),
        ] as [([String: String], [String], Bool)])
    func `a page holds the models that the query asks for`(
        query: [String: String], ids: [String], hasMore: Bool
    ) throws {
        #expect(try page(query) == expected(ids, hasMore: hasMore))
    }

    @Test(arguments: [("limit", "0"), ("limit", "1001"), ("limit", "x"), ("after_id", "z"), ("before_id", "")])
    func `a parameter that is wrong is named`(name: String, value: String) {
        let fault = #expect(throws: RequestFault.self) { try page([name: value]) }
        #expect(fault?.field == name)
    }

    @Test func `a page without a limit has as many models as the API gives`() throws {
        let ids = (0..<30).map { "m\($0)" }
        let long = Array(#"{"data":[\#(ids.map { #"{"id":"\#($0)"}"# }.joined(separator: ","))]}"#.utf8)
        let page = String(decoding: try ModelList.page(of: long, shape) { _ in nil }, as: UTF8.self)
        #expect(page.contains(#""m19""#) && !page.contains(#""m20""#) && page.contains(#""has_more":true"#))
    }

    @Test func `a list without pages is whole, whatever the query says`() throws {
        #expect(try ModelList.page(of: list, UpstreamProtocol.openAI.modelListShape) { _ in "1" } == list)
    }

    @Test func `an entry gets the members that clients expect and the upstream leaves out`() {
        func completed(_ entry: String, _ shape: ModelListShape) -> String {
            var bytes = Array(#"{"data":[\#(entry)]}"#.utf8)
            for edit in ModelList.completions(in: bytes.span, shape).reversed() {
                bytes.replaceSubrange(edit.range, with: edit.replacement)
            }
            return String(decoding: bytes, as: UTF8.self)
        }
        let whole = #"{"id":"a","type":"model","display_name":"A","created_at":"2026-01-01T00:00:00Z"}"#
        #expect(completed(whole, shape) == #"{"data":[\#(whole)]}"#)
        #expect(
            completed(#"{"id":"a\"b","type":"model"}"#, shape)
                == #"{"data":[{"display_name":"a\"b","created_at":"1970-01-01T00:00:00Z","id":"a\"b","type":"model"}]}"#
        )
        #expect(
            completed(#"{"id":"a"}"#, UpstreamProtocol.openAI.modelListShape)
                == #"{"data":[{"object":"model","created":0,"owned_by":"system","id":"a"}]}"#)
    }
}
