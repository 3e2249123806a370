import Metering
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import Proxy

@Suite struct ClientConnectionTests {
    private let bench: ConnectionBench
    private let chat: String
    private let models: String

    init() async throws {
        bench = try await ConnectionBench()
        chat = "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(bench.key)\r\n"
        models = "GET /v1/models HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(bench.key)\r\n"
    }

    private let control = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
    private let unknown = "GET /v1/nothing HTTP/1.1\r\nHost: a\r\n\r\n"
    private let list = #"{"object":"list","data":[]}"#

    /// A connection on which model lists are answered without an upstream.
    private func connect(configure: (inout ProxyConfiguration) -> Void = { _ in }) throws -> TestConnection {
        let connection = try bench.connect(configure: configure)
        connection.proxy.modelLists.keep(ByteBuffer(string: list), for: .openAI, now: connection.proxy.now)
        return connection
    }

    // MARK: Refusals without an exchange

    @Test(arguments: [
        ("GET /v1/nothing", "404", "unknown_url"), ("POST /openai/v1/files", "404", "unknown_url"),
        ("GET /v1/chat/completions", "405", "method_not_allowed"), ("POST /v1/models", "405", "method_not_allowed"),
    ])
    func `unknown paths and wrong methods are refused with a request identifier`(
        line: String, status: String, code: String
    ) throws {
        let connection = try connect()
        let answer = try connection.send("\(line) HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
        #expect(answer.contains("x-request-id: req_") && answer.contains("\"code\":\"\(code)\""))
        #expect(answer.contains("allow: ") == (status == "405"))
        #expect(!connection.isClosed && connection.proxy.exchanges.count == 0)
        // The connection goes on.
        #expect(try connection.send(models + "\r\n").hasSuffix(list))
    }

    @Test func `a refused request's body is discarded and the connection goes on`() throws {
        let connection = try connect()
        let first = try connection.send("POST /v1/nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc")
        #expect(first.hasPrefix("HTTP/1.1 404 "))
        #expect(try connection.send("def" + models + "\r\n").hasSuffix(list))
    }

    @Test func `a body that is refused before it was read is discarded up to a limit`() throws {
        let connection = try connect()
        let size = ClientConnection.discardLimit + 2
        let refusal = try connection.send(
            "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: \(size)\r\n\r\n")
        #expect(refusal.hasPrefix("HTTP/1.1 401 "))
        try connection.send(String(repeating: "x", count: ClientConnection.discardLimit))
        #expect(!connection.isClosed)
        try connection.send("xx")
        #expect(connection.isClosed)
    }

    @Test func `a body larger than the limit is refused before it is read`() throws {
        let connection = try connect { $0.maximumRequestBody = 10 }
        #expect(try connection.send(chat + "Content-Length: 11\r\n\r\n").hasPrefix("HTTP/1.1 413 "))
        #expect(try connection.send("{\"model\":1}" + models + "\r\n").hasSuffix(list))
        let chunked = try connection.send(chat + "Transfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n4\r\n1234\r\n")
        #expect(chunked.hasPrefix("HTTP/1.1 413 "))
        #expect(try connection.send("0\r\n\r\n" + models + "\r\n").hasSuffix(list))
    }

    @Test func `an allowed origin reads refusals and answers of the control plane`() throws {
        let connection = try connect { $0.crossOrigin = CrossOrigin(["https://portal.example"]) }
        let field = "Origin: https://portal.example\r\n\r\n"
        let refusal = try connection.send("GET /v1/nothing HTTP/1.1\r\nHost: a\r\n" + field)
        #expect(refusal.contains("access-control-allow-origin: https://portal.example"))
        try connection.send("GET /healthz HTTP/1.1\r\nHost: a\r\n" + field)
        connection.control.answer("fine")
        #expect(try connection.received().contains("access-control-allow-origin: https://portal.example"))
        let other = try connection.send("GET /v1/nothing HTTP/1.1\r\nHost: a\r\nOrigin: https://evil.example\r\n\r\n")
        #expect(!other.contains("access-control"))
        let preflight = try connection.send(
            "OPTIONS /v1/models HTTP/1.1\r\nHost: a\r\nAccess-Control-Request-Method: POST\r\n" + field)
        #expect(preflight.hasPrefix("HTTP/1.1 204 "))
        #expect(preflight.ranges(of: "access-control-allow-origin").count == 1)
    }

    // MARK: Order

    @Test func `requests sent ahead are answered in their order`() throws {
        let connection = try connect()
        let first = try connection.send(control + models + "\r\n" + unknown + control)
        #expect(first.isEmpty && connection.control.uris == ["/healthz"])
        connection.control.answer("first")
        let next = try connection.received()
        let places = ["first", list, "unknown_url"].map { next.firstRange(of: $0)?.lowerBound }
        #expect(!places.contains(nil) && places.compactMap { $0 } == places.compactMap { $0 }.sorted())
        #expect(connection.control.uris.count == 2 && connection.control.ends == 2)
        connection.control.answer("last")
        #expect(try connection.received().hasSuffix("last"))
    }

    @Test func `the request behind one that closes the connection is not answered`() throws {
        let connection = try connect()
        let answer = try connection.send(models + "Connection: close\r\n\r\n" + control)
        #expect(answer.hasSuffix(list) && answer.contains("connection: close"))
        #expect(connection.isClosed && connection.control.uris.isEmpty)
    }

    @Test func `nonsense sent ahead is refused after the answer before it`() throws {
        let connection = try connect()
        try connection.send(control + "\u{0} nonsense\r\n\r\n")
        connection.control.answer("fine")
        let answers = try connection.received()
        #expect(answers.contains("fine") && answers.contains("HTTP/1.1 400 ") && answers.contains("malformed_http"))
        #expect(connection.isClosed)
    }

    @Test func `a client that waits for 100 Continue gets it, and one of HTTP 1_0 does not`() throws {
        let connection = try connect()
        #expect(
            try connection.send(chat + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
                == "HTTP/1.1 100 Continue\r\n\r\n")
        #expect(try connection.send("[]").hasPrefix("HTTP/1.1 400 "))
        #expect(
            try connection.send("PUT /thing HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n")
                == "HTTP/1.1 100 Continue\r\n\r\n")
        try connection.send("[]")
        connection.control.answer("fine")
        _ = try connection.received()
        // A refusal is the final response: no body is asked for.
        let refusal = try connection.send(
            "POST /v1/nothing HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        #expect(refusal.hasPrefix("HTTP/1.1 404 "))
        let old = try connect()
        #expect(
            try old.send(
                chat.replacing("HTTP/1.1", with: "HTTP/1.0") + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"
            ).isEmpty)
    }

    @Test func `HTTP 1_0 closes after the answer unless the client asks to go on`() throws {
        let closing = try connect()
        let line = models.replacing("HTTP/1.1", with: "HTTP/1.0")
        let answer = try closing.send(line + "\r\n")
        #expect(answer.hasPrefix("HTTP/1.0 200 ") && answer.contains("connection: close") && closing.isClosed)
        let staying = try connect()
        let kept = try staying.send(line + "Connection: keep-alive\r\n\r\n")
        #expect(kept.contains("connection: keep-alive") && !staying.isClosed)
        try staying.send("GET /healthz HTTP/1.0\r\n\r\n")
        staying.control.answer("fine")
        let last = try staying.received()
        #expect(last.hasPrefix("HTTP/1.0 200 ") && last.hasSuffix("fine") && staying.isClosed)
    }

    // MARK: The control plane

    @Test func `the control plane gets the request whole, with its path in origin form`() throws {
        let connection = try connect()
        try connection.send(
            "PUT http://other.example/sub-keys/7?x=%2F HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo")
        try connection.send("dy")
        #expect(connection.control.uris == ["/sub-keys/7?x=%2F"])
        #expect(connection.control.body == "body" && connection.control.ends == 1)
        connection.control.answer("fine")
        #expect(try connection.received().hasSuffix("fine"))
        #expect(!connection.isClosed)
    }

    @Test func `a broken chunk is answered for the control plane, whose own answer is dropped`() throws {
        let connection = try connect()
        try connection.send("PUT /thing HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n")
        let answer = try connection.send("zz\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 400 ") && answer.contains("malformed_body"))
        #expect(connection.control.errors == 1 && connection.isHalfClosed)
        connection.control.answer("late")
        #expect(try connection.received().isEmpty)
        // What the client goes on sending is discarded, up to the limit.
        try connection.send("garbage")
        #expect(connection.isHalfClosed)
        try connection.send(String(repeating: "x", count: ClientConnection.discardLimit))
        #expect(!connection.channel.isActive)
    }

    @Test func `a broken chunk is refused in the shape of its protocol`() throws {
        let connection = try connect()
        try connection.send(chat + "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n")
        let answer = try connection.send("3\r\nabcd\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 400 ") && answer.contains(#""code":"malformed_body""#))
        #expect(answer.contains(#"{"error":{"#) && connection.isHalfClosed)
    }

    @Test func `a broken chunk behind an early refusal closes without a second answer`() throws {
        let connection = try connect()
        let refusal = try connection.send("POST /v1/nothing HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        #expect(refusal.hasPrefix("HTTP/1.1 404 "))
        #expect(try connection.send("zz\r\n").isEmpty)
        #expect(connection.isClosed)
    }

    // MARK: The end of a connection

    @Test func `an idle connection is closed when the gateway stops, a busy one after its answer`() throws {
        let idle = try connect()
        idle.channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        #expect(!idle.channel.isActive)
        let busy = try connect()
        try busy.send(control)
        busy.channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        #expect(busy.channel.isActive && busy.control.sawQuiesce)
        busy.control.answer("fine")
        #expect(try busy.received().contains("connection: close"))
        #expect(busy.isClosed)
        let reading = try connect()
        try reading.send(chat + "Content-Length: 2\r\n\r\n[")
        reading.channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        // The control plane does not close the connection under an exchange.
        #expect(reading.channel.isActive && !reading.control.sawQuiesce)
        #expect(try reading.send("]").contains("connection: close"))
        #expect(reading.isClosed)
    }

    @Test func `a connection on which nothing is received is closed, unless it is being answered`() throws {
        let idle = try connect()
        idle.advance(seconds: 70)
        #expect(idle.channel.isActive)
        idle.advance(seconds: 10)
        #expect(!idle.channel.isActive)
        let slow = try connect()
        try slow.send(chat + "Content-Length: 2\r\n\r\n[")
        slow.advance(seconds: 80)
        #expect(!slow.channel.isActive)
        let answered = try connect()
        try answered.send(control)
        answered.advance(seconds: 80)
        #expect(answered.channel.isActive)
        answered.control.answer("fine")
        #expect(try answered.received().hasSuffix("fine"))
        let refused = try connect()
        try refused.send("GET /v1/models HTTP/1.1\r\n\r\n")
        #expect(refused.isClosed)
        refused.advance(seconds: 80)
        #expect(!refused.channel.isActive)
    }

    @Test(arguments: [
        "GET /v1/mod", "GET /v1/models HTTP/1.1\r\nHost: a\r\n",
        "POST /v1/nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx",
        "PUT /thing HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx",
        "PUT /thing HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nx",
        "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nGET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", "\u{1}\r\n",
    ])
    func `a client may close in every phase`(bytes: String) throws {
        let connection = try connect()
        try connection.send(bytes)
        try connection.close()
        #expect(connection.proxy.exchanges.count == 0)
        #expect(!connection.channel.isActive)
    }

    @Test func `a client may close while its body is read`() throws {
        let connection = try connect()
        try connection.send(chat + "Content-Length: 9\r\n\r\nx")
        try connection.close()
        #expect(connection.proxy.exchanges.count == 0)
        #expect(try connection.received().isEmpty)
    }

    @Test func `the gateway's end closes what is not an exchange`() throws {
        let idle = try connect()
        let control = try connect()
        try control.send(self.control)
        for connection in [idle, control] {
            connection.proxy.stop()
            #expect(!connection.channel.isActive)
        }
    }
}
