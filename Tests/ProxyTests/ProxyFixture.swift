import Accounts
import Admission
import Ledger
import Logging
import Metering
import Money
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Pricing
import Testing
import Timekeeping
import Vault

@testable import Proxy
@testable import TestSupport

/// Connections to an upstream that are made, and answered, when a test says so.
final class ScriptedConnector: UpstreamConnector {
    private let loop: EmbeddedEventLoop
    private var pending: [(Result<any Channel, any Error>) -> Void] = []

    init(loop: EmbeddedEventLoop) { self.loop = loop }

    /// Connections that are waited for.
    var pendingCount: Int { pending.count }

    func connect(
        to upstream: Upstream, on loop: any EventLoop, completion: @escaping (Result<any Channel, any Error>) -> Void
    ) {
        pending.append(completion)
    }

    /// Accepts the connection that has been waited for the longest.
    func accept() throws -> UpstreamPeer {
        let peer = try UpstreamPeer(loop: loop)
        pending.removeFirst()(.success(peer.channel))
        return peer
    }

    /// Fails the connection that has been waited for the longest.
    func refuse(timedOut: Bool = false) {
        pending.removeFirst()(.failure(timedOut ? ChannelError.connectTimeout(.seconds(1)) : ChannelError.eof))
    }
}

/// The data path of one event loop without sockets, over a ledger that writes when a test says so.
///
/// All of it lives on the main actor: an embedded event loop must not change its thread.
@MainActor
final class ProxyFixture {
    nonisolated static let card = "models: {m: {input: 0.002, output: 0.008, context: 100000, max_output: 5000}}"
    nonisolated static func price() throws -> ModelPrice {
        try #require(try RateCard(yaml: card, source: "test").price(for: "m"))
    }

    let loop = EmbeddedEventLoop()
    let time = ManualTime(start: Timestamp(milliseconds: 1_790_000_000_000))
    let ledger = SimulatedStore()
    let admission: AdmissionServices
    let connector: ScriptedConnector
    let proxy: ProxyLoop
    let health = UpstreamHealth()
    private let account: AccountRecord
    private(set) var secret = ""

    /// - Parameter budget: The budget of the client key, in nano-USD.
    init(budget: Int64 = 1_000_000, disconnect: DisconnectPolicy = .drain) async throws {
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let ledger = ledger
        let writer = Task.detached {
            while !Task.isCancelled {
                ledger.write(atMost: 100)
                await Task.yield()
            }
        }
        let vault = try #require(KeyVault(sealKey: [UInt8](repeating: 7, count: 32)))
        admission = try await AdmissionServices.open(
            store: ledger, rateCard: try RateCard(yaml: Self.card, source: "test"), vault: vault, policy: KeyPolicy(),
            time: time, logger: logger)
        account = try await admission.accounts.openAccount(name: "reseller", by: .gateway("test")).0
        _ = try await admission.accounts.enterDeposit(
            to: account.id, amount: NanoUSD(nanos: 100_000_000), status: .completed, reference: nil,
            by: .gateway("test"))
        _ = try await admission.accounts.changeAccount(
            account.id, AccountChange(disconnect: disconnect), by: .gateway("test"))
        let order = KeyOrder(
            budget: NanoUSD(nanos: budget), limits: KeyLimits(requestsPerMinute: 600, concurrentRequests: 50))
        secret = try await admission.accounts.createKey(of: account.id, order, by: .gateway("test")).secret.revealed
        writer.cancel()
        await writer.value
        connector = ScriptedConnector(loop: loop)
        proxy = ProxyLoop(
            loop: loop, admission: admission.requests,
            configuration: ProxyConfiguration(upstreams: [.openAI: .test]), health: [.openAI: health],
            isOperatorKey: { $0 == "operator" }, connector: connector, logger: logger)
    }

    /// Ends everything, so that the event loop can be dropped.
    func close(_ clients: ClientPeer...) throws {
        for client in clients { client.leave() }
        proxy.stop()
        writeLedger()
        loop.run()
        try loop.close()
    }

    // MARK: Steps

    /// Sends a chat request.
    func request(
        _ client: ClientPeer? = nil, stream: Bool = false, maxTokens: Int = 100, key: String? = nil
    ) throws -> ClientPeer {
        let client = try client ?? ClientPeer(handler: ClientConnection(proxy: proxy), loop: loop)
        let body =
            #"{"model":"m","messages":[{"role":"user","content":"hi"}],"max_tokens":\#(maxTokens),"stream":\#(stream)}"#
        try client.send(
            .POST, "/v1/chat/completions",
            headers: [
                "host": "gateway.test", "authorization": "Bearer \(key ?? secret)",
                "content-length": String(body.utf8.count),
            ],
            body: body)
        return client
    }

    /// Writes what the ledger was told.
    func writeLedger() {
        for case .settle(let settlement)? in ledger.pending { settlements.append(settlement) }
        ledger.write(atMost: 100)
        loop.run()
    }

    /// Lets time pass, and deadlines be checked.
    func pass(milliseconds: Int64) {
        time.advance(milliseconds: milliseconds)
        loop.advanceTime(by: .milliseconds(250))
    }

    /// The settlements that were written, in order.
    private(set) var settlements: [Settlement] = []

    /// The rows that are written.
    var rows: [LedgerRow] { ledger.durable.rows }
}

extension Upstream {
    static let test = Upstream(
        host: "upstream.test", port: 443, usesTLS: true, basePath: "/v1", key: Secret("upstream-key"))
}

/// Answers of an upstream, as bytes.
enum UpstreamText {
    static func whole(_ body: String, status: String = "200 OK", headers: String = "") -> String {
        "HTTP/1.1 \(status)\r\ncontent-type: application/json\r\n\(headers)content-length: \(body.utf8.count)\r\n\r\n"
            + body
    }

    static let streamHead =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"

    static func chunk(_ text: String) -> String { String(text.utf8.count, radix: 16) + "\r\n\(text)\r\n" }

    static func event(_ text: String) -> String {
        chunk(#"data: {"choices":[{"index":0,"delta":{"content":"\#(text)"}}]}"# + "\n\n")
    }

    static func usage(_ input: Int, _ output: Int) -> String {
        chunk(
            #"data: {"choices":[],"usage":{"prompt_tokens":\#(input),"completion_tokens":\#(output)}}"# + "\n\n")
    }

    static let done = chunk("data: [DONE]\n\n") + "0\r\n\r\n"
}
