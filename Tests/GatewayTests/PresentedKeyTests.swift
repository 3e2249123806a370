import HTTPTypes
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
        #expect(headers.presentedKey == key)
        #expect(httpFields.presentedKey == key)
    }
}
