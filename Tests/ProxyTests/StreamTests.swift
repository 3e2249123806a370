import Accounts
import Metering
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import Proxy

@Suite struct StreamRelayTests {
    private let events = [
        "data: {\"choices\":[{\"delta\":{\"content\":\"one\"}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"content\":\"two\"}}]}\n\n", "data: [DONE]\n\n",
    ]

    @Test func `events are passed whole, wherever the bytes are split`() throws {
        let all = events.joined()
        for split in 0...all.utf8.count {
            var relay = relay()
            var isOver = false
            let first = try relay.relay(ByteBuffer(string: String(all.prefix(split))), isOver: &isOver)
            if let first { #expect(String(buffer: first).hasSuffix("\n\n")) }
            let second = try relay.relay(ByteBuffer(string: String(all.dropFirst(split))), isOver: &isOver)
            #expect((first.map { String(buffer: $0) } ?? "") + (second.map { String(buffer: $0) } ?? "") == all)
        }
    }

    @Test func `a stream stops behind the event that exceeds the allowance, and goes on with the rest`() throws {
        var relay = relay()
        var isOver = false
        let first = try relay.relay(ByteBuffer(string: events.joined()), allowance: 2, isOver: &isOver)
        #expect(isOver)
        #expect(first.map { String(buffer: $0) } == events[0])
        let rest = try relay.relay(ByteBuffer(), allowance: .max, isOver: &isOver)
        #expect(!isOver)
        #expect(rest.map { String(buffer: $0) } == events[1] + events[2])
    }

    @Test func `the last event is completed if its blank line is missing`() throws {
        var relay = relay()
        var isOver = false
        #expect(try relay.relay(ByteBuffer(string: String(events[0].dropLast(2))), isOver: &isOver) == nil)
        let rest = try relay.end()
        #expect(rest.map { String(buffer: $0) } == events[0])
        #expect(try relay.end() == nil)
    }

    @Test func `an event larger than can be waited for is noticed`() throws {
        var relay = relay()
        var isOver = false
        _ = try relay.relay(ByteBuffer(repeating: 0x78, count: StreamRelay.maximumEvent), isOver: &isOver)
        #expect(!relay.isOverflowing)
        _ = try relay.relay(ByteBuffer(string: "x"), isOver: &isOver)
        #expect(relay.isOverflowing)
    }

    private func relay() -> StreamRelay {
        StreamRelay(
            meter: StreamMeter(
                operation: .chatCompletions, dropUsageEvent: false, counting: CountingRules(contextLimit: .max)),
            requestID: UUIDv7(high: 1, low: 2))
    }
}

@Suite struct UpstreamConnectionTests {
    private final class Receiver: UpstreamAnswerReceiver {
        var events: [String] = []
        func upstreamAnswerBegan(_ head: HTTPResponseHead) { events.append("head \(head.status.code)") }
        func upstreamAnswerContinued(_ bytes: ByteBuffer) { events.append("body \(bytes.readableBytes)") }
        func upstreamAnswerEnded() { events.append("end") }
        func upstreamReadCompleted() {}
        func upstreamClosed(_ error: (any Error)?) { events.append("closed") }
    }

    /// Counts the reads that reach the socket.
    private final class ReadCounter: ChannelOutboundHandler {
        typealias OutboundIn = HTTPClientRequestPart
        var count = 0
        func read(context: ChannelHandlerContext) {
            count += 1
            context.read()
        }
    }

    @Test func `an answer is told part by part`() throws {
        let (channel, connection, receiver, _) = try open()
        try answer(channel, keepAlive: true)
        #expect(receiver.events == ["head 200", "body 2", "end"])
        #expect(connection.isReusable && connection.requests == 1)
    }

    @Test func `a connection that the upstream wants closed is not reusable`() throws {
        let (channel, connection, _, _) = try open()
        try answer(channel, keepAlive: false)
        #expect(!connection.isReusable)
    }

    @Test func `the end of a connection is told once, to the exchange that waits`() throws {
        let (channel, connection, receiver, idle) = try open()
        channel.pipeline.fireChannelInactive()
        #expect(receiver.events == ["closed"])
        #expect(!connection.isReusable && idle.closed == 0)
    }

    @Test func `the end of an idle connection is told to the pool`() throws {
        let (channel, connection, receiver, idle) = try open()
        connection.receiver = nil
        channel.pipeline.fireChannelInactive()
        #expect(receiver.events.isEmpty && idle.closed == 1)
    }

    @Test func `closing a connection tells its exchange nothing`() throws {
        let (_, connection, receiver, _) = try open()
        connection.close()
        #expect(receiver.events.isEmpty)
    }

    @Test func `nothing is read while reading is stopped, and what was asked for is read afterwards`() throws {
        let (channel, connection, _, _) = try open()
        let reads = ReadCounter()
        try channel.pipeline.syncOperations.addHandler(reads, position: .first)
        connection.setReading(false)
        channel.pipeline.read()
        #expect(reads.count == 0)
        connection.setReading(true)
        #expect(reads.count == 1)
        channel.pipeline.read()
        #expect(reads.count == 2)
    }

    private final class Idle { var closed = 0 }

    private func open() throws -> (EmbeddedChannel, UpstreamConnection, Receiver, Idle) {
        let idle = Idle()
        let connection = UpstreamConnection { _ in idle.closed += 1 }
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandler(connection)
        let receiver = Receiver()
        connection.receiver = receiver
        connection.send(HTTPRequestHead(version: .http1_1, method: .GET, uri: "/"), body: nil)
        return (channel, connection, receiver, idle)
    }

    private func answer(_ channel: EmbeddedChannel, keepAlive: Bool) throws {
        var head = HTTPResponseHead(version: .http1_1, status: .ok)
        if !keepAlive { head.headers.add(name: "connection", value: "close") }
        try channel.writeInbound(HTTPClientResponsePart.head(head))
        try channel.writeInbound(HTTPClientResponsePart.body(ByteBuffer(string: "{}")))
        try channel.writeInbound(HTTPClientResponsePart.end(nil))
    }
}
