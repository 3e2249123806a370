import DequeModule
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// The connections of one event loop to one upstream: last in, first out, so that few stay warm and the rest
/// age out.
final class UpstreamPool {
    /// What every request to this upstream begins with.
    let upstream: Upstream
    let health: UpstreamHealth
    private let loop: any EventLoop
    private let tls: NIOSSLContext?
    private let connectTimeout: TimeAmount
    private let keepAlive: Int64
    /// Oldest first.
    private var idle = Deque<UpstreamConnection>()

    init(
        upstream: Upstream, health: UpstreamHealth, loop: any EventLoop, tls: NIOSSLContext?,
        configuration: ProxyConfiguration
    ) {
        self.upstream = upstream
        self.health = health
        self.loop = loop
        self.tls = tls
        connectTimeout = .nanoseconds(configuration.connectTimeout.nanoseconds)
        keepAlive = configuration.upstreamKeepAlive.nanoseconds
    }

    /// Returns a warm connection, or nil if there is none.
    func takeIdle() -> UpstreamConnection? {
        while let connection = idle.popLast() {
            if connection.isActive { return connection }
        }
        return nil
    }

    /// Makes a new connection; `completion` is called on the pool's event loop.
    func connect(_ completion: @escaping (Result<UpstreamConnection, any Error>) -> Void) {
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(connectTimeout)
            .channelInitializer { [tls, upstream] channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls {
                        try pipeline.addHandler(Self.tlsHandler(tls, host: upstream.host))
                    }
                    try pipeline.addHandler(HTTPRequestEncoder())
                    try pipeline.addHandler(
                        ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes)))
                }
            }
        bootstrap.connect(host: upstream.host, port: upstream.port).assumeIsolated().whenComplete { [self] result in
            completion(
                result.flatMap { channel in
                    Result {
                        let connection = UpstreamConnection { [weak self] closed in
                            self?.idle.removeAll { $0 === closed }
                        }
                        try channel.pipeline.syncOperations.addHandler(connection)
                        return connection
                    }
                })
        }
    }

    /// Takes a connection back when its answer is complete.
    func giveBack(_ connection: UpstreamConnection, now: Int64) {
        connection.receiver = nil
        guard connection.isReusable || connection.requests == 0, connection.isActive else {
            connection.close()
            return
        }
        connection.setReading(true)
        connection.idleSince = now
        idle.append(connection)
    }

    /// Closes what has not been used for too long.
    func closeStale(now: Int64) {
        while let oldest = idle.first, now - oldest.idleSince > keepAlive {
            idle.removeFirst()
            oldest.close()
        }
    }

    func closeAll() {
        let connections = idle
        idle.removeAll()
        for connection in connections { connection.close() }
    }

    private static func tlsHandler(_ context: NIOSSLContext, host: String) throws -> NIOSSLClientHandler {
        do {
            return try NIOSSLClientHandler(context: context, serverHostname: host)
        } catch let error as NIOSSLExtraError where error == .cannotUseIPAddressInSNI {
            return try NIOSSLClientHandler(context: context, serverHostname: nil)
        }
    }
}
