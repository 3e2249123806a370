import Testing

@testable import Proxy

@Suite struct UpgradeTests {
    private let bench: ConnectionBench

    init() async throws { bench = try await ConnectionBench() }

    @Test func `a request for an upgrade is answered without one, and closes`() throws {
        let connection = try bench.connect()
        try connection.send("GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
        connection.control.answer("fine")
        #expect(try connection.received().contains("connection: close"))
        #expect(connection.isClosed)
    }

    @Test(arguments: ["/v1/responses", "/openai/v1/responses"])
    func `a request for WebSocket at a path of HTTP is answered 426 at once, and closes`(path: String) throws {
        let connection = try bench.connect()
        let answer = try connection.send(
            "GET \(path) HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 426 Upgrade Required\r\n"))
        #expect(answer.contains("upgrade: HTTP/1.1\r\n") && answer.contains("connection: upgrade, close\r\n"))
        #expect(answer.contains(#"{"error":{"message":"WebSocket is not served here"#))
        #expect(connection.isClosed)
    }
}
