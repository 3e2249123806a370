import Accounts
import Admission
import Ledger
import Metering
import Money
import NIOHTTP1
import Testing

@testable import Proxy
@testable import TestSupport

/// The real data path over connections without sockets.
@MainActor
@Suite(.serialized) struct ExchangeTests {
    // MARK: Whole answers

    @Test func `a whole answer is charged as it reports and reaches the client after its hold is durable`() async throws
    {
        let path = try await ProxyFixture()
        let client = try path.request()
        let upstream = try path.connector.accept()
        let request = try #require(try upstream.takeRequest())
        #expect(request.hasPrefix("POST /v1/chat/completions HTTP/1.1\r\nhost: upstream.test\r\n"))
        #expect(request.contains("authorization: Bearer upstream-key"))
        #expect(!request.contains(path.secret))
        try upstream.send(UpstreamText.whole(Self.answer))
        try client.read()
        #expect(client.head == nil, "nothing is sent before the hold is durable")
        path.writeLedger()
        try client.read()
        #expect(client.head?.status == .ok && client.isAnswered)
        #expect(client.body == Self.answer)
        path.writeLedger()
        let row = try #require(path.rows.first)
        #expect(row.usage == Usage(input: 7, output: 2))
        #expect(row.cost == NanoUSD(nanos: 30))
        #expect(row.status == 200 && row.ending == .complete)
        try path.close(client)
    }

    @Test func `an answer larger than the limit is an upstream error`() async throws {
        let path = try await ProxyFixture()
        let client = try path.request()
        let upstream = try path.connector.accept()
        path.writeLedger()
        try upstream.send("HTTP/1.1 200 OK\r\ncontent-length: 80000000\r\n\r\n")
        let part = String(repeating: "x", count: 8 << 20)
        for _ in 0..<9 where upstream.isOpen { try upstream.send(part) }
        #expect(!upstream.isOpen)
        try client.read()
        #expect(client.head?.status == .badGateway)
        try path.close(client)
    }

    @Test func `a connection is used again for the next request`() async throws {
        let path = try await ProxyFixture()
        let first = try path.request()
        let upstream = try path.connector.accept()
        path.writeLedger()
        _ = try upstream.takeRequest()
        try upstream.send(UpstreamText.whole(Self.answer))
        let second = try path.request(first)
        #expect(path.connector.pendingCount == 0)
        #expect(try upstream.takeRequest() != nil)
        path.writeLedger()
        try upstream.send(UpstreamText.whole(Self.answer))
        try second.read()
        #expect(second.head?.status == .ok)
        try path.close(first)
    }

    // MARK: Streams

    @Test func `a stream is sent as it comes once its hold is durable`() async throws {
        let path = try await ProxyFixture()
        let client = try path.request(stream: true)
        let upstream = try path.connector.accept()
        try upstream.send(UpstreamText.streamHead + UpstreamText.event("early"))
        try client.read()
        #expect(client.head == nil)
        path.writeLedger()
        try client.read()
        #expect(client.body.contains("early"))
        try upstream.send(UpstreamText.event("late"))
        try client.read()
        #expect(client.body.contains("late") && !client.isAnswered)
        try upstream.send(UpstreamText.usage(7, 2) + UpstreamText.done)
        try client.read()
        #expect(client.isAnswered)
        path.writeLedger()
        #expect(path.rows.first?.usage == Usage(input: 7, output: 2))
        try path.close(client)
    }

    @Test func `a stream that is complete before its hold is durable is sent whole afterwards`() async throws {
        let path = try await ProxyFixture()
        let client = try path.request(stream: true)
        let upstream = try path.connector.accept()
        try upstream.send(UpstreamText.streamHead + UpstreamText.event("all") + UpstreamText.done)
        try client.read()
        #expect(client.head == nil)
        path.writeLedger()
        try client.read()
        #expect(client.head?.status == .ok && client.body.contains("all") && client.isAnswered)
        try path.close(client)
    }

    @Test(arguments: Array(stride(from: 1, to: brokenStream.count, by: 7)))
    func `a stream that breaks at any byte ends with an error, and its text is charged`(cut: Int) async throws {
        let path = try await ProxyFixture()
        let client = try path.request(stream: true)
        let upstream = try path.connector.accept()
        path.writeLedger()
        let bytes = Self.brokenStream
        try upstream.send(bytes.prefix(cut))
        upstream.close()
        try client.read()
        let isComplete = bytes.prefix(cut).contains("[DONE]\n\n")
        #expect(client.isAnswered)
        // Nothing is sent before an event shows that the upstream serves the request.
        #expect(client.head?.status == (bytes.prefix(cut).contains("\n\n") ? .ok : .badGateway))
        if !isComplete { #expect(client.body.contains("broke off")) }
        path.writeLedger()
        let row = try #require(path.rows.first)
        #expect(row.ending == .failed)
        #expect(row.status == Int(client.head?.status.code ?? 0), "the row has the status that the client got")
        let written = min(
            2, bytes.prefix(cut).split(separator: "\r\n").count { $0.contains("12345678") && $0.hasSuffix("\n\n") })
        #expect(row.usage.output >= Int64(written) * 2)
        try path.close(client)
    }

    @Test func `a stream beyond its budget is cut, and never charged more than its hold`() async throws {
        let path = try await ProxyFixture(budget: 2000)
        let client = try path.request(stream: true, maxTokens: 5000)
        let upstream = try path.connector.accept()
        path.writeLedger()
        try upstream.send(UpstreamText.streamHead)
        for _ in 0..<100 where upstream.isOpen {
            try upstream.send(UpstreamText.event(String(repeating: "word", count: 20)))
        }
        #expect(!upstream.isOpen)
        try client.read()
        #expect(client.isAnswered && client.body.contains(#""finish_reason":"length""#))
        path.writeLedger()
        let row = try #require(path.rows.first)
        #expect(row.ending == .cut)
        #expect(row.cost <= NanoUSD(nanos: 2000) && row.overrun == .zero)
        try path.close(client)
    }

    // MARK: Clients that leave

    @Test func `a client that leaves is charged for the answer that is read to its end`() async throws {
        let path = try await ProxyFixture()
        let client = try path.request(stream: true)
        let upstream = try path.connector.accept()
        path.writeLedger()
        try upstream.send(UpstreamText.streamHead + UpstreamText.event("hello"))
        client.leave()
        #expect(upstream.isOpen)
        try upstream.send(UpstreamText.usage(7, 2) + UpstreamText.done)
        path.writeLedger()
        let row = try #require(path.rows.first)
        #expect(row.status == 499 && row.ending == .disconnected && row.usage.output == 2)
        try path.close(client)
    }

    @Test func `an account that cancels closes the upstream's connection when its client leaves`() async throws {
        let path = try await ProxyFixture(disconnect: .cancel)
        let client = try path.request(stream: true)
        let upstream = try path.connector.accept()
        path.writeLedger()
        try upstream.send(UpstreamText.streamHead + UpstreamText.event("12345678"))
        client.leave()
        #expect(!upstream.isOpen)
        path.writeLedger()
        #expect(path.rows.first?.usageSource == .estimated)
        try path.close(client)
    }

    @Test func `a connection that comes after its client has left is kept for the next request`() async throws {
        let path = try await ProxyFixture()
        let client = try path.request()
        path.writeLedger()
        client.leave()
        let upstream = try path.connector.accept()
        #expect(upstream.isOpen)
        #expect(try upstream.takeRequest() == nil)
        let next = try path.request()
        #expect(try upstream.takeRequest() != nil)
        path.writeLedger()
        try path.close(client, next)
    }

    // MARK: Time and refusals

    @Test func `a silent stream is kept alive`() async throws {
        let path = try await ProxyFixture()
        let client = try path.request(stream: true)
        let upstream = try path.connector.accept()
        path.writeLedger()
        try upstream.send(UpstreamText.streamHead + UpstreamText.event("hello"))
        path.pass(milliseconds: 14_000)
        try client.read()
        #expect(!client.body.contains("ping"))
        path.pass(milliseconds: 2000)
        try client.read()
        #expect(client.body.hasSuffix(": ping\n\n"))
        try path.close(client)
    }

    @Test func `an unknown key is refused before anything is held or sent`() async throws {
        let path = try await ProxyFixture()
        let client = try path.request(key: "sk-unknown")
        try client.read()
        #expect(client.head?.status == .unauthorized)
        #expect(path.connector.pendingCount == 0 && path.ledger.pending.isEmpty)
        try path.close(client)
    }

    @Test func `stopping settles what is in flight`() async throws {
        let path = try await ProxyFixture()
        let client = try path.request(stream: true)
        let upstream = try path.connector.accept()
        path.writeLedger()
        try upstream.send(UpstreamText.streamHead + UpstreamText.event("12345678"))
        path.proxy.stop()
        try client.read()
        #expect(client.isAnswered)
        path.writeLedger()
        #expect(path.rows.first?.ending == .interrupted && path.rows.first?.usageSource == .estimated)
        try path.close(client)
    }

    /// A stream that tests break off before its end.
    private nonisolated static let brokenStream =
        UpstreamText.streamHead + UpstreamText.event("12345678") + UpstreamText.event("12345678")
        + UpstreamText.usage(7, 4) + UpstreamText.done

    static let answer =
        #"{"choices":[{"message":{"content":"hello"}}],"usage":{"prompt_tokens":7,"completion_tokens":2}}"#
}

extension ProxyFixture {
    /// Consecutive failures of the upstream.
    var failures: Int { health.report(.openAI, Upstream.test, time).consecutiveFailures }
}
