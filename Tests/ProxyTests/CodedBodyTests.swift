import Codings
import Ledger
import Metering
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import Proxy
@testable import TestSupport

/// Request bodies in content codings.
@MainActor
@Suite(.serialized) struct CodedBodyTests {
    private static let body = #"{"model":"m","messages":[{"role":"user","content":"hi"}],"max_tokens":100}"#

    @Test(arguments: [
        ("gzip", [ContentCoding.gzip]), ("X-GZIP", [.gzip]), ("deflate", [.deflate]), ("zstd", [.zstd]),
        ("gzip, zstd", [.gzip, .zstd]), ("identity", []),
    ])
    func `a coded body is forwarded plain`(label: String, codings: [ContentCoding]) async throws {
        let path = try await ProxyFixture()
        let coded = codings.reduce(Array(Self.body.utf8)) { Encoder.encode($0, $1) }
        let client = try path.post(coded, headers: [("content-encoding", label)])
        let upstream = try path.connector.accept()
        path.writeLedger()
        let request = try #require(try upstream.takeRequest())
        let body = request.split(separator: "\r\n\r\n")[1]
        // The name of the end user is the only other change.
        #expect(body.hasSuffix(Self.body.dropFirst()) && body.hasPrefix("{\"safety_identifier\":"))
        #expect(request.contains("content-length: \(body.utf8.count)\r\n") && !request.contains("content-encoding"))
        try upstream.send(UpstreamText.whole(ExchangeTests.answer))
        try client.read()
        #expect(client.head?.status == .ok)
        try path.close(client)
    }

    @Test func `a body in br is read`() async throws {
        let path = try await ProxyFixture()
        let client = try path.post(Encoder.brotliText, headers: [("content-encoding", "br")])
        let upstream = try path.connector.accept()
        path.writeLedger()
        #expect(try upstream.takeRequest()?.contains("word word") == true)
        try path.close(client)
    }

    @Test(arguments: [("gzip", "ends too early"), ("zstd", "is corrupt"), ("br", "is corrupt")])
    func `a body that cannot be decoded is refused`(label: String, reason: String) async throws {
        let path = try await ProxyFixture()
        let coded =
            label == "gzip"
            ? Encoder.encode(Array(Self.body.utf8), .gzip).dropLast(9) : [UInt8](repeating: 9, count: 64)
        let client = try path.post(Array(coded), headers: [("content-encoding", label)])
        try client.read()
        #expect(client.head?.status == .badRequest)
        #expect(client.body.contains(reason) && client.body.contains("invalid_content_encoding"))
        #expect(path.connector.pendingCount == 0)
        try path.close(client)
    }

    @Test(arguments: ["compress", "gzip, aws-chunked", "gzip, gzip, gzip, gzip"])
    func `an unknown coding is refused with those that are known`(label: String) async throws {
        let path = try await ProxyFixture()
        let client = try path.post(Array(Self.body.utf8), headers: [("content-encoding", label)])
        try client.read()
        #expect(client.head?.status == .unsupportedMediaType)
        #expect(client.head?.headers["accept-encoding"] == ["gzip, deflate, br, zstd"])
        try path.close(client)
    }

    @Test(arguments: [ContentCoding.gzip, .zstd])
    func `a bomb is refused while it is decoded, in slices`(coding: ContentCoding) async throws {
        let path = try await ProxyFixture()
        let bomb = Encoder.encode([UInt8](repeating: 0x20, count: 64 << 20), coding)
        #expect(bomb.count <= 66 << 10)
        let client = try path.post(bomb, headers: [("content-encoding", coding == .gzip ? "gzip" : "zstd")])
        try client.read()
        #expect(client.head?.status == .payloadTooLarge && client.body.contains("request_too_large"))
        #expect(path.connector.pendingCount == 0)
        try path.close(client)
    }

    @Test func `a large body is decoded while the loop serves others`() async throws {
        let path = try await ProxyFixture()
        let text = #"{"model":"m","messages":[],"max_tokens":1,"x":""#
        let body = Array(text.utf8) + [UInt8](repeating: 0x78, count: 1 << 20) + Array(#""}"#.utf8)
        let client = try ClientPeer(handler: ClientConnection(proxy: path.proxy), loop: path.loop)
        let coded = Encoder.encode(body, .gzip)
        let head = HTTPRequestHead(
            version: .http1_1, method: .POST, uri: "/v1/chat/completions",
            headers: [
                "host": "gateway.test", "authorization": "Bearer \(path.secret)", "content-encoding": "gzip",
                "transfer-encoding": "chunked",
            ])
        try client.channel.writeInbound(HTTPServerRequestPart.head(head))
        var slices = 0
        path.loop.execute { slices += 1 }
        try client.channel.writeInbound(HTTPServerRequestPart.body(ByteBuffer(bytes: coded)))
        try client.channel.writeInbound(HTTPServerRequestPart.end(nil))
        #expect(path.connector.pendingCount == 0)
        path.loop.run()
        #expect(slices == 1 && path.connector.pendingCount == 1)
        // A client that leaves in between leaves nothing behind.
        let leaving = try ClientPeer(handler: ClientConnection(proxy: path.proxy), loop: path.loop)
        try leaving.channel.writeInbound(HTTPServerRequestPart.head(head))
        try leaving.channel.writeInbound(HTTPServerRequestPart.body(ByteBuffer(bytes: coded)))
        leaving.leave()
        path.loop.run()
        #expect(path.connector.pendingCount == 1)
        try path.close(client)
    }
}
