import NIOCore
import NIOEmbedded
import TestSupport

@testable import Proxy

/// Connections to the upstream that are made, or not, when the simulation says so.
final class SimulatedConnector: UpstreamConnector {
    private let loop: EmbeddedEventLoop
    private var pending: [(Result<any Channel, any Error>) -> Void] = []

    init(loop: EmbeddedEventLoop) { self.loop = loop }

    var isWaitedFor: Bool { !pending.isEmpty }

    func connect(
        to upstream: Upstream, on loop: any EventLoop, completion: @escaping (Result<any Channel, any Error>) -> Void
    ) {
        pending.append(completion)
    }

    /// Accepts the connection that is waited for the longest.
    func accept() throws -> SimulatedUpstream {
        let peer = try UpstreamPeer(loop: loop)
        pending.removeFirst()(.success(peer.channel))
        return SimulatedUpstream(peer)
    }

    /// Fails the connection that is waited for the longest.
    func fail(timedOut: Bool) {
        pending.removeFirst()(.failure(timedOut ? ChannelError.connectTimeout(.seconds(10)) : ChannelError.eof))
    }
}

/// One connection of an upstream that answers by the dice: whole or streamed, with or without its usage, with errors, too
/// slowly, or only in part.
final class SimulatedUpstream {
    private let peer: UpstreamPeer
    /// The rest of the answer, in bytes.
    private var answer = ""
    /// Where the answer breaks off, in bytes left; nil if it is complete.
    private var breaksAt: Int?
    /// What the request was called by its client.
    private(set) var request = "-"
    private(set) var isAnswering = false

    init(_ peer: UpstreamPeer) { self.peer = peer }

    var isOpen: Bool { peer.isOpen }

    func close() { peer.close() }

    /// Takes a request, if one has come.
    ///
    /// - Returns: The output limit that the gateway put into its body, 0 if there is none; nil if there is no request.
    func takeRequest(_ dice: inout SeededGenerator) throws -> Int? {
        guard !isAnswering, let text = try peer.takeRequest() else { return nil }
        request = Self.value(after: "idempotency-key: ", in: text) ?? "-"
        isAnswering = true
        answer = Self.answer(&dice, isStreamed: text.contains(#""stream":true"#))
        breaksAt = dice.roll(4) == 0 ? dice.roll(answer.utf8.count) : nil
        let limit =
            Self.value(after: #""max_tokens":"#, in: text) ?? Self.value(after: #""max_completion_tokens":"#, in: text)
        return limit.flatMap { Int($0) } ?? 0
    }

    /// Sends some bytes of the answer, or the break that is due.
    ///
    /// - Returns: What happened.
    func advance(_ dice: inout SeededGenerator, atMost count: Int) throws -> String {
        guard isAnswering else { return "is idle" }
        if let breaksAt, answer.utf8.count <= breaksAt {
            isAnswering = false
            close()
            return "breaks its answer to \(request) off"
        }
        let part = answer.prefix(dice.roll(count) + 1)
        answer.removeFirst(part.count)
        if answer.isEmpty { isAnswering = false }
        try peer.send(part)
        return "sends \(part.count) bytes of its answer to \(request)" + (answer.isEmpty ? ", the last" : "")
    }

    private static func value(after name: String, in text: String) -> String? {
        text.firstRange(of: name).map { String(text[$0.upperBound...].prefix { $0.isLetter || $0.isNumber }) }
    }

    // MARK: Answers

    private static func answer(_ dice: inout SeededGenerator, isStreamed: Bool) -> String {
        switch dice.roll(14) {
        case 0: return whole("{}", "429 Too Many Requests", "retry-after: \(dice.roll(8))\r\n")
        case 1: return whole("{}", "503 Service Unavailable")
        case 2: return whole(#"{"error":{"message":"no"}}"#, "400 Bad Request")
        case 3: return whole(#"{"error":{"message":"bad key"}}"#, "401 Unauthorized")
        default: break
        }
        // Tokens that the upstream writes, whatever it was asked for; it reports them, or does not.
        let tokens = dice.roll(dice.roll(3) == 0 ? 800 : 60)
        let usage = dice.roll(4) > 0 ? #""usage":{"prompt_tokens":3,"completion_tokens":\#(tokens)}"# : nil
        let text = String(repeating: "word", count: tokens)
        guard isStreamed else {
            let members = [#""choices":[{"message":{"content":"\#(text)"}}]"#] + (usage.map { [$0] } ?? [])
            return whole("{\(members.joined(separator: ","))}", "200 OK")
        }
        var stream = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
        var left = text[...]
        while !left.isEmpty {
            stream += chunk(#"data: {"choices":[{"index":0,"delta":{"content":"\#(left.prefix(160))"}}]}"#)
            left = left.dropFirst(160)
        }
        if let usage { stream += chunk(#"data: {"choices":[],\#(usage)}"#) }
        return stream + chunk("data: [DONE]") + "0\r\n\r\n"
    }

    private static func whole(_ body: String, _ status: String, _ headers: String = "") -> String {
        "HTTP/1.1 \(status)\r\ncontent-type: application/json\r\n\(headers)content-length: \(body.utf8.count)\r\n\r\n"
            + body
    }

    private static func chunk(_ event: String) -> String {
        String(event.utf8.count + 2, radix: 16) + "\r\n\(event)\n\n\r\n"
    }
}
