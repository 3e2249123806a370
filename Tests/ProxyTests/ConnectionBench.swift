import Accounts
import Admission
import Ledger
import Logging
import Metering
import Money
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Observability
import Pricing
import TestSupport
import Testing
import Timekeeping
import Vault

@testable import Proxy

/// What a client connection stands on, without sockets: real admission over the model ledger, and a manual clock.
struct ConnectionBench {
    let time = ManualTime(start: Timestamp(milliseconds: 1_790_000_000_000))
    let services: AdmissionServices
    /// A client key with a budget.
    let key: String
    private static let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    init() async throws {
        let card = try RateCard(yaml: "models: {m: {input: 1, output: 1, context: 1000}}", source: "test")
        let vault = try #require(KeyVault(sealKey: [UInt8](repeating: 7, count: 32)))
        services = try await AdmissionServices.open(
            store: InMemoryLedger(), rateCard: card, vault: vault, policy: KeyPolicy(), time: time, logger: Self.logger)
        let actor = AuditActor.gateway("test")
        let account = try await services.accounts.openAccount(name: "reseller", by: actor).0
        _ = try await services.accounts.enterDeposit(
            to: account.id, amount: NanoUSD(dollars: 100), status: .completed, reference: nil, by: actor)
        let order = KeyOrder(
            budget: NanoUSD(dollars: 10), limits: KeyLimits(requestsPerMinute: 1000, concurrentRequests: 10))
        key = try await services.accounts.createKey(of: account.id, order, by: actor).secret.revealed
    }

    /// Opens a connection.
    func connect(
        observers: [any ExchangeObserver] = [], configure: (inout ProxyConfiguration) -> Void = { _ in }
    ) throws -> TestConnection {
        var configuration = ProxyConfiguration(upstreams: [
            .openAI: Upstream(host: "127.0.0.1", port: 9, usesTLS: false, basePath: "/v1", key: Secret("upstream-key"))
        ])
        configure(&configuration)
        let loop = EmbeddedEventLoop()
        let proxy = ProxyLoop(
            loop: loop, admission: services.requests, configuration: configuration, health: [:],
            isOperatorKey: { _ in false }, connector: ScriptedConnector(loop: loop), observers: observers,
            logger: Self.logger)
        return try TestConnection(proxy: proxy, loop: loop, time: time)
    }
}

/// A client's side of an embedded connection: bytes in, bytes out.
final class TestConnection {
    let proxy: ProxyLoop
    let control = ControlRecorder()
    let channel: EmbeddedChannel
    private let loop: EmbeddedEventLoop
    private let time: ManualTime
    private let socket = SocketRecorder()

    init(proxy: ProxyLoop, loop: EmbeddedEventLoop, time: ManualTime) throws {
        self.proxy = proxy
        self.loop = loop
        self.time = time
        channel = EmbeddedChannel(handler: socket, loop: loop)
        try ClientPipeline.install(in: channel.pipeline.syncOperations, proxy: proxy)
        try channel.pipeline.syncOperations.addHandler(control)
        channel.connect(to: try SocketAddress(ipAddress: "192.0.2.7", port: 4711), promise: nil)
    }

    /// Sends bytes and returns everything that was answered by then.
    @discardableResult
    func send(_ text: String) throws -> String {
        try channel.writeInbound(ByteBuffer(string: text))
        return try received()
    }

    /// Returns what was answered since the last call.
    func received() throws -> String {
        var text = ""
        while let data = try channel.readOutbound(as: IOData.self) {
            if case .byteBuffer(let buffer) = data { text += String(buffer: buffer) }
        }
        return text
    }

    /// Whether the gateway closed its half of the connection or all of it.
    var isClosed: Bool { socket.outputClosed || !channel.isActive }
    /// Whether the gateway closed its half only, so that the client can read the answer.
    var isHalfClosed: Bool { socket.outputClosed && channel.isActive }

    /// The client closes.
    func close() throws { try channel.close().wait() }

    func advance(seconds: Int64) {
        time.advance(milliseconds: seconds * 1000)
        loop.advanceTime(by: ProxyLoop.tick)
    }
}

/// The last handler of the pipeline, in the place of the control plane.
final class ControlRecorder: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private(set) var uris: [String] = []
    private(set) var body = ""
    private(set) var ends = 0
    private(set) var errors = 0
    private(set) var sawQuiesce = false
    private var context: ChannelHandlerContext?

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): uris.append(head.uri)
        case .body(let bytes): body += String(buffer: bytes)
        case .end: ends += 1
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { errors += 1 }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent { sawQuiesce = true }
    }

    /// Answers the request that came first.
    func answer(_ text: String) {
        let headers: HTTPHeaders = ["content-length": String(text.utf8.count)]
        context?.write(
            wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .ok, headers: headers))), promise: nil)
        context?.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
        context?.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}

/// The first handler of the pipeline: takes note of half-closure, which embedded channels do not know.
final class SocketRecorder: ChannelOutboundHandler {
    typealias OutboundIn = IOData
    private(set) var outputClosed = false

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .output else { return context.close(mode: mode, promise: promise) }
        outputClosed = true
        promise?.succeed()
    }
}
