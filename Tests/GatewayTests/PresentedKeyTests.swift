import HTTPTypes
import Metering
import NIOHTTP1
import Testing

@testable import ControlAPI
@testable import Proxy

@Suite struct PresentedKeySidesTests {
    @Test(
        arguments: [
            (["authorization": "Bearer sk-1"], "sk-1"), (["AUTHORIZATION": "bearer sk-1"], "sk-1"),
            (["x-api-key": "sk-2"], "sk-2"), (["Authorization": "Basic eDp5", "X-Api-Key": "sk-2"], "sk-2"),
            (["authorization": "Bearer sk-1", "x-api-key": "sk-2"], "sk-1"), (["x-other": "sk-3"], nil), ([:], nil),
            (["authorization": "Bearer sk-1", "Authorization": "Bearer sk-4"], "sk-1"),
            (["x-api-key": "sk-2", "X-API-Key": "sk-5"], "sk-2"),
        ] as [(KeyValuePairs<String, String>, String?)])
    func `proxied and control paths find the same key`(fields: KeyValuePairs<String, String>, key: String?) throws {
        var headers = HTTPHeaders()
        var httpFields = HTTPFields()
        for (name, value) in fields {
            headers.add(name: name, value: value)
            httpFields.append(HTTPField(name: try #require(HTTPField.Name(name)), value: value))
        }
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/v1/models?key=sk-6", headers: headers)
        #expect(
            UpstreamProtocol.allCases.filter { $0.headers.clientKey == nil }.allSatisfy {
                head.presentedKey(of: $0) == key
            })
        #expect(httpFields.presentedKey == key)
    }

    @Test(
        arguments: [
            (["x-goog-api-key": "sk-7"], "", "sk-7"), ([:], "?key=sk%2D8&key=sk-9", "sk-8"),
            ([:], "?alt=sse&%6bey=sk-8", "sk-8"),
            (["x-goog-api-key": "sk-7"], "?key=sk-8", "sk-7"), (["x-api-key": "sk-2"], "?key=sk-8", "sk-2"),
            (["authorization": "Bearer sk-1"], "?key=sk-8", "sk-1"), ([:], "?monkey=sk-8", nil),
        ] as [([String: String], String, String?)])
    func `a protocol's own field and parameter carry the key on its paths only`(
        fields: [String: String], query: String, key: String?
    ) {
        let headers = HTTPHeaders(Array(fields))
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/v1beta/models" + query, headers: headers)
        #expect(head.presentedKey(of: .gemini) == key)
        let isShared = fields["x-api-key"] != nil || fields["authorization"] != nil
        #expect(head.presentedKey(of: .openAI) == (isShared ? key : nil))
    }
}
