import Admission
import Logging
import Metering
import NIOCore
import Observability

/// The data path of a gateway: adds its handlers to each client connection, and ends requests in flight when the shutdown
/// timeout is over.
public final class ProxyService: Sendable {
    private let loops: [ObjectIdentifier: NIOLoopBoundBox<ProxyLoop?>]
    private let admission: RequestAdmission
    private let configuration: ProxyConfiguration
    private let isOperatorKey: @Sendable (String) -> Bool
    private let health: [UpstreamProtocol: UpstreamHealth]
    private let connector: SocketConnector
    private let observers: [any ExchangeObserver]
    private let logger: Logger

    /// Creates the data path for the event loops of a group.
    ///
    /// - Parameters:
    ///   - isOperatorKey: Recognises the operator's key, which may not make model requests.
    ///   - observers: Get the record of every request on its event loop.
    /// - Throws: `NIOSSLError` if the certificate file cannot be used.
    public init(
        admission: RequestAdmission, configuration: ProxyConfiguration, group: any EventLoopGroup,
        isOperatorKey: @escaping @Sendable (String) -> Bool, observers: [any ExchangeObserver] = [], logger: Logger
    ) throws {
        self.observers = observers
        self.isOperatorKey = isOperatorKey
        self.admission = admission
        self.configuration = configuration
        self.logger = logger
        health = configuration.upstreams.mapValues { _ in UpstreamHealth() }
        connector = SocketConnector(
            timeout: .nanoseconds(configuration.connectTimeout.nanoseconds),
            tls: try UpstreamTrust.context(configuration))
        var loops: [ObjectIdentifier: NIOLoopBoundBox<ProxyLoop?>] = [:]
        for loop in group.makeIterator() {
            loops[ObjectIdentifier(loop)] = .makeEmptyBox(valueType: ProxyLoop.self, eventLoop: loop)
        }
        self.loops = loops
    }

    /// Adds the HTTP/1 codec and the data path to a client connection's pipeline; to be called on its event loop.
    ///
    /// The control plane's handlers come behind them. They get every request that is not proxied, one at a time.
    public func addClientHandlers(to channel: any Channel) throws {
        try ClientPipeline.install(in: channel.pipeline.syncOperations, proxy: try proxyLoop(on: channel.eventLoop))
    }

    /// Ends every exchange now, each settled by what it has used so far.
    public func stop() async throws {
        for box in loops.values {
            try await box.eventLoop.submit { box.value?.stop() }.get()
        }
    }

    /// Returns the health of each upstream.
    public func upstreams() -> [UpstreamState] {
        configuration.upstreams.sorted { $0.key.rawValue < $1.key.rawValue }.compactMap { name, upstream in
            health[name]?.report(name, upstream, admission.time)
        }
    }

    private func proxyLoop(on loop: any EventLoop) throws -> ProxyLoop {
        guard let box = loops[ObjectIdentifier(loop)] else { throw ProxyError.foreignEventLoop }
        if let existing = box.value { return existing }
        let made = ProxyLoop(
            loop: loop, admission: admission, configuration: configuration, health: health,
            isOperatorKey: isOperatorKey, connector: connector, observers: observers, logger: logger)
        box.value = made
        return made
    }
}

/// Errors in the set-up of the data path.
public enum ProxyError: Error {
    /// A connection was accepted on an event loop that the data path was not made for.
    case foreignEventLoop
}
