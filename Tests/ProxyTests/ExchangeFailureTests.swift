import Accounts
import Admission
import Ledger
import Metering
import Money
import NIOHTTP1
import Testing

@testable import Proxy
@testable import TestSupport

/// The real data path when the upstream or the ledger fails.
@MainActor
@Suite(.serialized) struct ExchangeFailureTests {
    @Test func `an upstream that cannot be reached is tried again, then the client is told`() async throws {
        let path = try await ProxyFixture()
        let client = try path.request()
        path.writeLedger()
        path.connector.refuse()
        #expect(path.connector.pendingCount == 0)
        path.pass(milliseconds: 300)
        #expect(path.connector.pendingCount == 1)
        path.connector.refuse()
        try client.read()
        #expect(client.head?.status == .badGateway)
        path.writeLedger()
        let row = try #require(path.rows.first)
        #expect(row.attempts == 2 && path.settlements.first?.failedAttempts.map(\.reason) == [.unreachable])
        #expect(row.cost == .zero && row.ending == .failed)
        try path.close(client)
    }

    @Test func `a 429 is tried again after the pause that it asks for`() async throws {
        let path = try await ProxyFixture()
        let client = try path.request()
        let upstream = try path.connector.accept()
        path.writeLedger()
        _ = try upstream.takeRequest()
        try upstream.send(UpstreamText.whole("{}", status: "429 Busy", headers: "retry-after: 2\r\n"))
        path.pass(milliseconds: 1900)
        #expect(try upstream.takeRequest() == nil)
        path.pass(milliseconds: 200)
        #expect(try upstream.takeRequest() != nil)
        try upstream.send(UpstreamText.whole(ExchangeTests.answer))
        try client.read()
        #expect(client.head?.status == .ok)
        path.writeLedger()
        #expect(path.settlements.first?.failedAttempts.map(\.reason) == [.status(429)])
        try path.close(client)
    }

    @Test func `a stale connection is replaced without a failure of the upstream`() async throws {
        let path = try await ProxyFixture()
        let client = try path.request()
        let stale = try path.connector.accept()
        path.writeLedger()
        try stale.send(UpstreamText.whole(ExchangeTests.answer))
        _ = try path.request(client)
        path.writeLedger()
        stale.close()
        let fresh = try path.connector.accept()
        try fresh.send(UpstreamText.whole(ExchangeTests.answer))
        try client.read()
        #expect(client.head?.status == .ok)
        #expect(path.failures == 0)
        try path.close(client)
    }

    @Test func `an upstream that is silent for too long is given up`() async throws {
        let path = try await ProxyFixture()
        let client = try path.request()
        let upstream = try path.connector.accept()
        path.writeLedger()
        path.pass(milliseconds: 299_000)
        #expect(upstream.isOpen)
        path.pass(milliseconds: 2000)
        #expect(!upstream.isOpen)
        try client.read()
        #expect(client.head?.status == .gatewayTimeout)
        #expect(path.failures == 1)
        try path.close(client)
    }

    @Test func `a hold that cannot be written is an error, and nothing is charged`() async throws {
        let path = try await ProxyFixture()
        let client = try path.request()
        let upstream = try path.connector.accept()
        try upstream.send(UpstreamText.whole(ExchangeTests.answer))
        path.ledger.isDiskFull = true
        path.writeLedger()
        try client.read()
        #expect(client.head?.status == .serviceUnavailable)
        #expect(!client.body.contains("hello"))
        path.ledger.isDiskFull = false
        path.writeLedger()
        #expect(path.rows.isEmpty)
        try path.close(client)
    }
}
