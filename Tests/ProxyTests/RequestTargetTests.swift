import NIOHTTP1
import Testing

@testable import Proxy

@Suite struct RequestTargetTests {
    @Test(
        arguments: [
            ("/", "/", "/"), ("/v1/models", "/v1/models", "/v1/models"),
            ("/v1/models?x=1", "/v1/models?x=1", "/v1/models"),
            ("/?", "/?", "/"), ("/a/", "/a/", "/a/"), ("/a?b=/../c//d", "/a?b=/../c//d", "/a"),
            ("/a%2Fb", "/a%2Fb", "/a%2Fb"), ("/.well-known/x", "/.well-known/x", "/.well-known/x"),
            ("/...", "/...", "/..."),
            ("/a..b/..c/d..", "/a..b/..c/d..", "/a..b/..c/d.."), ("/%C3%BC", "/%C3%BC", "/%C3%BC"),
            ("http://a", "/", "/"), ("http://a/", "/", "/"), ("HTTPS://a:1/b?c", "/b?c", "/b"),
            ("http://a?b", "/?b", "/"),
            ("http://[::1]:8080/b", "/b", "/b"),
        ] as [(String, String, String)])
    func `a target is its path and query`(text: String, uri: String, path: String) throws {
        let target = try RequestTarget(parsing: text)
        #expect(target.uri == uri && target.path == path)
    }

    @Test(arguments: [
        "//", "//a", "/a//b", "/a//", "/.", "/..", "/./a", "/../a", "/a/.", "/a/..", "/a/../b", "/%2e", "/%2E%2e/a",
        "/.%2e/a", "/a/%2e", "/%2fa", "/a%2f%2fb", "/a%2f..%2fb", "/..%2fa", "/a%2F.", "/..\\a", "/a%5c..%5cb",
        "http://a//b", "http://a/..", "/http://a",
    ])
    func `a path with an empty or a dot segment is ambiguous`(text: String) {
        #expect(throws: HTTPFault.ambiguousPath) { try RequestTarget(parsing: text) }
    }

    @Test(arguments: [
        "", "*", "a", "a:443", "ftp://a/", "http:/a", "http://", "http:///a", "http://u@a/", "http://u:p@a/",
        "http://a b/",
        "/a#b", "/a?b#c", "/a b", "/a\u{1}", "/ü", "/a%", "/a%2", "/a%zz", "/%00", "/%0a", "/%7f", "?a",
    ])
    func `what is neither a path nor an http URI is refused`(text: String) {
        #expect(throws: HTTPFault.invalidTarget) { try RequestTarget(parsing: text) }
    }

    @Test func `every fault has a code of its own and a message`() {
        #expect(Set(HTTPFault.allCases.map(\.code)).count == HTTPFault.allCases.count)
        for fault in HTTPFault.allCases {
            #expect(fault.message.hasSuffix(".") && (400..<600).contains(fault.status.code))
        }
    }

    @Test(
        arguments: [
            ([("Host", "a")], .http1_1, nil), ([("host", "a:80")], .http1_1, nil), ([("Host", "")], .http1_1, nil),
            ([], .http1_1, .missingHost), ([], .http1_0, nil),
            ([("Host", "a"), ("HOST", "a")], .http1_1, .duplicateHost),
            ([("Host", "a"), ("HOST", "a")], .http1_0, .duplicateHost), ([("Host", "a@b")], .http1_1, .invalidHost),
            ([("Host", "a"), ("Transfer-Encoding", "Chunked")], .http1_1, nil),
            ([("Host", "a"), ("Transfer-Encoding", "gzip, chunked")], .http1_1, .unsupportedTransferCoding),
            ([("Host", "a"), ("Transfer-Encoding", "chunked")], .http1_0, .malformed),
            (
                [("Host", "a"), ("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "chunked")], .http1_1,
                .malformed
            ),
        ] as [([(String, String)], HTTPVersion, HTTPFault?)])
    func `a head is checked`(fields: [(String, String)], version: HTTPVersion, fault: HTTPFault?) {
        let head = HTTPRequestHead(version: version, method: .POST, uri: "/", headers: HTTPHeaders(fields))
        #expect(RequestHeadFacts(head).fault == fault)
    }

    @Test func `a head says what the connection must know`() {
        let head = HTTPRequestHead(
            version: .http1_1, method: .POST, uri: "/",
            headers: ["host": "a", "EXPECT": "100-Continue", "upgrade": "h2c"])
        let facts = RequestHeadFacts(head)
        #expect(facts.expectsContinue && facts.asksForUpgrade)
        let tunnel = HTTPRequestHead(version: .http1_1, method: .CONNECT, uri: "a:1", headers: ["host": "a"])
        #expect(RequestHeadFacts(tunnel).fault == .unsupportedMethod)
    }
}
