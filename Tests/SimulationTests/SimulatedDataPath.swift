import Accounts
import Admission
import Logging
import Metering
import NIOCore
import NIOEmbedded
import NIOHTTP1
import TestSupport

@testable import Proxy

/// The real data path of one event loop, between clients and an upstream that the dice move.
@MainActor
final class SimulatedDataPath {
    private final class Client {
        let name: String
        let peer: ClientPeer
        let outputLimit: Int?

        init(name: String, peer: ClientPeer, outputLimit: Int?) {
            self.name = name
            self.peer = peer
            self.outputLimit = outputLimit
        }
    }

    private let loop = EmbeddedEventLoop()
    private let proxy: ProxyLoop
    private let connector: SimulatedConnector
    private var clients: [Client] = []
    private var upstreams: [SimulatedUpstream] = []
    private var number = 0
    /// What happened since it was last taken.
    private var events: [String] = []
    /// How often things happened.
    private(set) var counts: [String: Int] = [:]

    init(admission: RequestAdmission, logger: Logger) {
        connector = SimulatedConnector(loop: loop)
        let upstream = Upstream(host: "upstream.test", port: 443, usesTLS: true, basePath: "/v1", key: Secret("secret"))
        var configuration = ProxyConfiguration(upstreams: [.openAI: upstream])
        configuration.attempts = 3
        configuration.headerTimeout = .seconds(30)
        configuration.idleTimeout = .seconds(30)
        proxy = ProxyLoop(
            loop: loop, admission: admission, configuration: configuration, health: [:], isOperatorKey: { _ in false },
            connector: connector, logger: logger)
    }

    /// The requests in flight.
    var requestIDs: Set<UUIDv7> { Set(proxy.exchanges.values.map(\.requestID)) }

    var isIdle: Bool { proxy.exchanges.isEmpty && clients.isEmpty }

    /// Returns what happened since the last call.
    func takeEvents() -> [String] {
        defer { events = [] }
        return events
    }

    // MARK: What happens

    /// A client sends a request.
    func request(secret: String, _ dice: inout SeededGenerator) throws {
        number += 1
        let name = "r\(number)"
        let model = dice.roll(30) == 0 ? "unknown" : "m"
        let outputLimit = dice.roll(2) == 0 ? dice.roll(150) + 1 : nil
        let isStreamed = dice.roll(2) == 0
        let content = String(repeating: "x", count: dice.roll(120))
        var body = #"{"model":"\#(model)","messages":[{"role":"user","content":"\#(content)"}],"stream":\#(isStreamed)"#
        if let outputLimit { body += #","max_tokens":\#(outputLimit)"# }
        body += "}"
        note(
            "\(name) arrives: \(isStreamed ? "stream" : "whole"), at most \(outputLimit.map { "\($0)" } ?? "any") tokens"
        )
        let client = Client(
            name: name, peer: try ClientPeer(handler: ClientConnection(proxy: proxy), loop: loop),
            outputLimit: outputLimit)
        clients.append(client)
        try client.peer.send(
            .POST, "/v1/chat/completions",
            headers: [
                "host": "gateway.test", "authorization": "Bearer \(secret)", "idempotency-key": name,
                "content-length": String(body.utf8.count),
            ], body: body)
        if !proxy.exchanges.isEmpty { count("requests in flight") }
        try settle(&dice)
    }

    /// The upstream does something: it accepts or fails a connection, sends a part of an answer, or closes.
    func step(_ dice: inout SeededGenerator) throws {
        if connector.isWaitedFor, dice.roll(2) == 0 {
            switch dice.roll(8) {
            case 0: failConnection(timedOut: false)
            case 1: failConnection(timedOut: true)
            default:
                upstreams.append(try connector.accept())
                note("the upstream accepts a connection")
            }
        } else if let upstream = dice.pick(upstreams) {
            if dice.roll(25) == 0 {
                count("closed connection")
                note("the upstream closes the connection of \(upstream.request)")
                upstream.close()
            } else {
                note("the upstream " + (try upstream.advance(&dice, atMost: 900)))
            }
        }
        try settle(&dice)
    }

    private func failConnection(timedOut: Bool) {
        count("failed connection")
        note("a connection \(timedOut ? "times out" : "is refused")")
        connector.fail(timedOut: timedOut)
    }

    /// A client closes its connection.
    func clientLeaves(_ dice: inout SeededGenerator) throws {
        guard let client = dice.pick(clients) else { return }
        count("client left")
        note("\(client.name) leaves")
        client.peer.leave()
        clients.removeAll { $0 === client }
        try settle(&dice)
    }

    /// Time has passed: deadlines are checked.
    func checkDeadlines(_ dice: inout SeededGenerator) throws {
        loop.advanceTime(by: ProxyLoop.tick)
        try settle(&dice)
    }

    /// Lets everything that waits happen: what the ledger wrote, what clients and upstreams have received.
    func settle(_ dice: inout SeededGenerator) throws {
        loop.run()
        for upstream in upstreams where upstream.isOpen {
            guard let limit = try upstream.takeRequest(&dice) else { continue }
            note("the upstream gets \(upstream.request), at most \(limit) tokens")
            guard let client = clients.first(where: { $0.name == upstream.request }) else { continue }
            count(limit == client.outputLimit ?? 0 ? "admitted" : "clamped")
        }
        upstreams.removeAll { !$0.isOpen }
        for client in clients {
            try client.peer.read()
            guard client.peer.isAnswered else { continue }
            noteAnswer(client)
            client.peer.leave()
        }
        clients.removeAll(where: \.peer.isAnswered)
        loop.run()
    }

    private func noteAnswer(_ client: Client) {
        let status = client.peer.head?.status.code ?? 0
        let code = client.peer.body.firstRange(of: #""code":""#).map {
            client.peer.body[$0.upperBound...].prefix { $0 != "\"" }
        }
        if client.peer.body.contains(#""finish_reason":"length""#) { count("cut answer") }
        if status != 200 { count("status \(status)" + (code.map { ": \($0)" } ?? "")) }
        if status == 200, code == "upstream_error" { count("broken stream") }
        note("\(client.name) is answered: \(status)" + (code.map { " \($0)" } ?? ""))
    }

    /// Answers everything, as fast as it comes.
    func finishAll(_ dice: inout SeededGenerator) throws {
        while connector.isWaitedFor { upstreams.append(try connector.accept()) }
        try settle(&dice)
        for upstream in upstreams where upstream.isOpen && upstream.isAnswering {
            note("the upstream " + (try upstream.advance(&dice, atMost: 100_000)))
        }
        try settle(&dice)
    }

    /// Ends the data path as the death of the process does, except that its connections are closed in order.
    func close() throws {
        while connector.isWaitedFor { connector.fail(timedOut: false) }
        for client in clients { client.peer.leave() }
        proxy.stop()
        loop.run()
        for upstream in upstreams { upstream.close() }
        loop.run()
        try loop.close()
    }

    private func note(_ event: String) { events.append(event) }

    private func count(_ what: String) { counts[what, default: 0] += 1 }
}
