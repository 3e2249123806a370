import Ledger
import Metering
import Money
import NIOHTTP1
import Testing

@testable import Proxy
@testable import TestSupport

/// Streams that begin with an error, come under another label, or are refused an option.
@MainActor
@Suite(.serialized) struct RefusedStreamTests {
    private static func event(_ data: String) -> String { UpstreamText.chunk("data: \(data)\n\n") }
    private static let overloaded = event(
        #"{"error":{"type":"server_error","code":"server_is_overloaded","message":"busy"}}"#)

    @Test(arguments: ["", ": comment\n\n", "event: ping\ndata:\n\n"])
    func `an error in the first event is a failed attempt`(before: String) async throws {
        let path = try await ProxyFixture()
        let (client, upstream) = try path.begin(stream: true)
        try upstream.send(UpstreamText.streamHead + (before.isEmpty ? "" : UpstreamText.chunk(before)))
        try client.read()
        #expect(client.head == nil)
        try upstream.send(Self.overloaded)
        #expect(!upstream.isOpen)
        path.pass(milliseconds: 300)
        let second = try path.connector.accept()
        try second.send(
            UpstreamText.streamHead + UpstreamText.event("hello") + UpstreamText.usage(7, 2) + UpstreamText.done)
        try client.read()
        #expect(client.head?.status == .ok && client.body.contains("hello") && !client.body.contains("overloaded"))
        let row = try path.row()
        #expect(row.usage.input == 7 && row.usage.output == 2 && row.attempts == 2)
        #expect(path.settlements.first?.failedAttempts.map(\.reason) == [.status(503)])
        try path.close(client)
    }

    @Test func `the last error in a first event is answered with its status, and nothing is charged`() async throws {
        let path = try await ProxyFixture()
        let (client, upstream) = try path.begin(stream: true)
        try upstream.send(UpstreamText.streamHead + Self.overloaded)
        path.pass(milliseconds: 300)
        let second = try path.connector.accept()
        try second.send(
            UpstreamText.streamHead + Self.event(#"{"error":{"code":529,"message":"busy at org-1234567"}}"#))
        try client.read()
        #expect(client.head?.status.code == 529 && client.isAnswered)
        #expect(client.head?.headers["content-type"] == ["application/json"])
        #expect(client.body.contains("busy at [redacted]"))
        #expect(try path.row().cost == .zero)
        #expect(path.failures > 0)
        try path.close(client)
    }

    @Test func `an error of the client's own in a first event is not tried again`() async throws {
        let path = try await ProxyFixture()
        let (client, upstream) = try path.begin(stream: true)
        try upstream.send(
            UpstreamText.streamHead
                + Self.event(
                    #"{"error":{"type":"invalid_request_error","code":"context_length_exceeded","message":"long"}}"#))
        try client.read()
        #expect(client.head?.status == .badRequest && client.body.contains("context_length_exceeded"))
        #expect(try path.row().attempts == 1)
        try path.close(client)
    }

    @Test func `an error behind text is an event, without what names the upstream account`() async throws {
        let path = try await ProxyFixture()
        let (client, upstream) = try path.begin(stream: true)
        try upstream.send(
            UpstreamText.streamHead + UpstreamText.event("12345678")
                + Self.event(#"{"error":{"code":"server_error","message":"failed at org-1234567"}}"#) + "0\r\n\r\n")
        try client.read()
        #expect(client.isAnswered && client.body.contains("12345678"))
        #expect(client.body.contains(#""message":"failed at [redacted]""#))
        #expect(try path.row().usage.output == 2)
        try path.close(client)
    }

    @Test func `a Responses stream that fails behind text ends with the event that its clients know`() async throws {
        let path = try await ProxyFixture()
        for isBroken in [true, false] {
            let client = try path.post(Array(#"{"model":"m","input":"hi","stream":true}"#.utf8), to: "/v1/responses")
            let upstream = try path.connector.accept()
            path.writeLedger()
            try upstream.send(
                UpstreamText.streamHead
                    + Self.event(#"{"type":"response.created","sequence_number":0,"response":{"id":"r1","model":"m"}}"#)
            )
            try client.read()
            #expect(client.head == nil)
            try upstream.send(
                Self.event(#"{"type":"response.output_text.delta","sequence_number":1,"delta":"12345678"}"#))
            if isBroken {
                upstream.close()
            } else {
                try upstream.send(
                    Self.event(#"{"type":"error","sequence_number":2,"code":"server_error","message":"failed"}"#)
                        + "0\r\n\r\n")
            }
            try client.read()
            #expect(client.isAnswered && client.body.contains("event: response.failed\n"))
            #expect(client.body.contains(#""response":{"id":"r1","model":"m","status":"failed","error":{"code":"#))
            #expect(!client.body.contains(#""type":"error""#))
            client.leave()
        }
        try path.close()
    }

    @Test func `a response that fails first is a failed attempt`() async throws {
        let path = try await ProxyFixture()
        let client = try path.post(Array(#"{"model":"m","input":"hi","stream":true}"#.utf8), to: "/v1/responses")
        let upstream = try path.connector.accept()
        path.writeLedger()
        let created = #"{"type":"response.created","response":{"id":"r"}}"#
        let failed =
            #"{"type":"response.failed","response":{"id":"r","error":{"code":"rate_limit_exceeded","message":"slow"}}}"#
        try upstream.send(UpstreamText.streamHead + Self.event(created) + Self.event(failed) + "0\r\n\r\n")
        path.pass(milliseconds: 300)
        let second = try path.connector.accept()
        try second.send(UpstreamText.streamHead + Self.event(created) + Self.event(failed))
        try client.read()
        #expect(client.head?.status == .tooManyRequests && client.body.contains("rate_limit_exceeded"))
        try path.close(client)
    }

    @Test(arguments: [UpstreamText.streamHead, UpstreamText.streamHead + UpstreamText.chunk(": processing\n\n")])
    func `a stream that shows nothing for long begins, and is kept alive`(head: String) async throws {
        let path = try await ProxyFixture()
        let (client, upstream) = try path.begin(stream: true)
        try upstream.send(head)
        path.pass(milliseconds: 14_000)
        try client.read()
        #expect(client.head == nil)
        path.pass(milliseconds: 1500)
        try client.read()
        #expect(client.head?.status == .ok)
        path.pass(milliseconds: 16_000)
        try client.read()
        #expect(client.body.contains(": ping\n\n"))
        try upstream.send(Self.overloaded + "0\r\n\r\n")
        try client.read()
        #expect(client.isAnswered && client.body.contains("server_is_overloaded"))
        #expect(try path.row().cost == .zero)
        try path.close(client)
    }

    // MARK: Labels

    @Test(arguments: ["text/plain", "application/json", "application/octet-stream", nil])
    func `a stream under any label is a stream`(label: String?) async throws {
        let path = try await ProxyFixture()
        let (client, upstream) = try path.begin(stream: true)
        let field = label.map { "content-type: \($0)\r\n" } ?? ""
        try upstream.send("HTTP/1.1 200 OK\r\n\(field)transfer-encoding: chunked\r\n\r\n")
        let events = UpstreamText.event("hello") + UpstreamText.usage(7, 2)
        // Wherever its beginning is split.
        for character in "data: " { try upstream.send(UpstreamText.chunk(String(character))) }
        try upstream.send(UpstreamText.chunk(#"{"choices":[{"index":0,"delta":{"content":"first"}}]}"# + "\n\n"))
        try client.read()
        #expect(client.body.contains("first"))
        try upstream.send(events + UpstreamText.done)
        try client.read()
        #expect(client.head?.headers["content-type"] == ["text/event-stream"] && client.body.contains("hello"))
        let row = try path.row()
        #expect(row.usage.input == 7 && row.usage.output == 2)
        try path.close(client)
    }

    @Test(arguments: ["application/json", "text/event-stream"])
    func `an answer in JSON to a request for a stream is passed on as such`(label: String) async throws {
        let path = try await ProxyFixture()
        let (client, upstream) = try path.begin(stream: true)
        try upstream.answer(Array(ExchangeTests.answer.utf8), headers: "content-type: \(label)\r\n")
        try client.read()
        #expect(client.head?.status == .ok && client.body.contains("hello"))
        #expect(try path.row().usageSource == .reported)
        try path.close(client)
    }

    // MARK: Options

    @Test(arguments: ["400 Bad Request", "422 Unprocessable Entity"])
    func `a refused stream_options is left out, then and later`(status: String) async throws {
        let path = try await ProxyFixture()
        let (client, upstream) = try path.begin(stream: true)
        #expect(try upstream.takeRequest()?.contains("stream_options") == true)
        let refusal = #"{"error":{"message":"Unrecognized request argument supplied: stream_options"}}"#
        try upstream.answer(Array(refusal.utf8), status: status, headers: "content-type: application/json\r\n")
        let request = try #require(try upstream.takeRequest())
        #expect(!request.contains("stream_options") && request.hasSuffix(#""max_tokens":100,"stream":true}"#))
        try upstream.send(UpstreamText.streamHead + UpstreamText.event("12345678") + UpstreamText.done)
        try client.read()
        #expect(client.head?.status == .ok && client.body.contains("12345678"))
        let row = try path.row()
        #expect(row.usageSource == .estimated && row.usage.output == 2 && row.attempts == 2)
        let (next, _) = (try path.request(stream: true), path.writeLedger())
        #expect(try upstream.takeRequest()?.contains("stream_options") == false)
        try path.close(client, next)
    }

    @Test func `a stream_options of the client's own is its own affair`() async throws {
        let path = try await ProxyFixture()
        let body = #"{"model":"m","messages":[],"stream":true,"stream_options":{"include_usage":true}}"#
        let client = try path.post(Array(body.utf8))
        let upstream = try path.connector.accept()
        path.writeLedger()
        let refusal = #"{"error":{"message":"Unrecognized request argument supplied: stream_options"}}"#
        try upstream.answer(
            Array(refusal.utf8), status: "400 Bad Request", headers: "content-type: application/json\r\n")
        try client.read()
        #expect(client.head?.status == .badRequest && client.body.contains("stream_options"))
        try path.close(client)
    }
}
