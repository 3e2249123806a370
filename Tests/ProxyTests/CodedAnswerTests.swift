import Codings
import Ledger
import Metering
import Money
import NIOCore
import NIOHTTP1
import Testing

@testable import Proxy
@testable import TestSupport

/// Answers that come in content codings although none was asked for, under any label.
@MainActor
@Suite(.serialized) struct CodedAnswerTests {
    private static let answer =
        #"{"choices":[{"message":{"content":"hello"}}],"usage":{"prompt_tokens":7,"completion_tokens":2}}"#
    private static let json = "content-type: application/json\r\n"

    @Test(
        arguments: [
            (ContentCoding.gzip, "gzip"), (.zstd, "zstd"), (.deflate, "deflate"), (.gzip, ""), (.zstd, ""),
            (.gzip, "zstd"),
            (.gzip, "x-unknown"), (nil, "gzip"), (nil, "x-unknown"), (nil, "identity"),
        ] as [(ContentCoding?, String)])
    func `a coded answer is metered and passed on plain`(coding: ContentCoding?, label: String) async throws {
        let path = try await ProxyFixture()
        let (client, upstream) = try path.begin(stream: false)
        let plain = Array(Self.answer.utf8)
        try upstream.answer(
            coding.map { Encoder.encode(plain, $0) } ?? plain,
            headers: Self.json + (label.isEmpty ? "" : "content-encoding: \(label)\r\n"))
        try client.read()
        #expect(client.head?.status == .ok && client.body == Self.answer)
        #expect(client.head?.headers.contains(name: "content-encoding") == false)
        let row = try path.row()
        #expect(row.usage.input == 7 && row.usage.output == 2 && row.usageSource == .reported)
        try path.close(client)
    }

    @Test(arguments: [
        ("gzip", Array("\u{1F}".utf8) + [0x8B, 8, 9, 9]), ("br", [0xFF, 0xFF, 0xFF, 0xFF]),
        ("x-unknown", [1, 2, 3, 4]),
    ])
    func `an answer that cannot be decoded is an upstream error, and its input is charged`(
        label: String, bytes: [UInt8]
    ) async throws {
        let path = try await ProxyFixture()
        let (client, upstream) = try path.begin(stream: false)
        try upstream.answer(bytes, headers: Self.json + "content-encoding: \(label)\r\n")
        try client.read()
        #expect(client.head?.status == .badGateway && client.body.contains("could not be decoded"))
        let row = try path.row()
        #expect(row.usage.input > 0 && row.usageSource == .estimated && row.ending == .failed && row.cost > .zero)
        try path.close(client)
    }

    @Test func `a coded answer larger than the limit is given up`() async throws {
        let path = try await ProxyFixture()
        let (client, upstream) = try path.begin(stream: false)
        let bomb = Encoder.encode([UInt8](repeating: 0x20, count: (64 << 20) + 1), .zstd)
        try upstream.answer(bomb, headers: Self.json)
        try client.read()
        #expect(client.head?.status == .badGateway)
        try path.close(client)
    }

    @Test func `an error in a coding is passed on`() async throws {
        let path = try await ProxyFixture()
        let (client, upstream) = try path.begin(stream: false)
        let error = Encoder.encode(Array(#"{"error":{"message":"no such thing"}}"#.utf8), .gzip)
        try upstream.answer(error, status: "400 Bad Request", headers: Self.json)
        try client.read()
        #expect(client.head?.status == .badRequest && client.body.contains("no such thing"))
        #expect(try path.row().cost == .zero)
        try path.close(client)
    }

    @Test(arguments: ["content-encoding: gzip\r\n", ""])
    func `a coded stream is decoded event by event`(label: String) async throws {
        let path = try await ProxyFixture()
        let (client, upstream) = try path.begin(stream: true)
        func event(_ text: String) -> [UInt8] { Encoder.encode(Array("data: \(text)\n\n".utf8), .gzip) }
        try upstream.send(
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\(label)transfer-encoding: chunked\r\n\r\n")
        try upstream.sendChunk(event(#"{"choices":[{"index":0,"delta":{"content":"one"}}]}"#))
        try client.read()
        #expect(client.head?.status == .ok && client.body.contains("one") && !client.isAnswered)
        // An event whose coding is split is sent when it is complete.
        let second = event(#"{"choices":[{"index":0,"delta":{"content":"two"}}]}"#)
        try upstream.sendChunk(Array(second.prefix(20)))
        try upstream.sendChunk(Array(second.dropFirst(20)))
        try client.read()
        #expect(client.body.contains("two"))
        try upstream.sendChunk(event(#"{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":2}}"#))
        try upstream.sendChunk(event("[DONE]"))
        try upstream.send("0\r\n\r\n")
        try client.read()
        #expect(client.isAnswered && client.body.hasSuffix("data: [DONE]\n\n"))
        let row = try path.row()
        #expect(row.usage.input == 7 && row.usage.output == 2 && row.usageSource == .reported)
        try path.close(client)
    }

    @Test func `a stream that cannot be decoded further ends with an error and is charged for what came`() async throws
    {
        let path = try await ProxyFixture()
        let (client, upstream) = try path.begin(stream: true)
        try upstream.send(
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        let event = #"data: {"choices":[{"index":0,"delta":{"content":"12345678"}}]}"# + "\n\n"
        try upstream.sendChunk(Encoder.encode(Array(event.utf8), .gzip))
        try upstream.sendChunk([1, 2, 3])
        try client.read()
        #expect(client.isAnswered && client.body.contains("12345678") && client.body.contains("upstream_error"))
        let row = try path.row()
        #expect(row.usage.output == 2 && row.ending == .failed)
        try path.close(client)
    }
}
