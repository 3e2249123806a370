import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Makes new connections to upstreams: sockets, or what tests and the simulation put in their place.
protocol UpstreamConnector {
    /// Connects to an upstream.
    ///
    /// - Parameter completion: Called once on `loop`, with a channel whose pipeline ends in the HTTP/1 client codec.
    func connect(
        to upstream: Upstream, on loop: any EventLoop, completion: @escaping (Result<any Channel, any Error>) -> Void)
}

/// Connects by TCP, and TLS where the upstream uses it.
struct SocketConnector: UpstreamConnector {
    /// Until the upstream accepts a connection.
    let timeout: TimeAmount
    /// The TLS context; nil if no upstream uses TLS.
    let tls: NIOSSLContext?

    func connect(
        to upstream: Upstream, on loop: any EventLoop, completion: @escaping (Result<any Channel, any Error>) -> Void
    ) {
        let host = upstream.host
        let tls = upstream.usesTLS ? tls : nil
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(timeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(Self.tlsHandler(tls, host: host)) }
                    try Self.addCodec(to: pipeline)
                }
            }
        bootstrap.connect(host: host, port: upstream.port).assumeIsolated().whenComplete(completion)
    }

    /// Adds the HTTP/1 client codec to a pipeline.
    static func addCodec(to pipeline: ChannelPipeline.SynchronousOperations) throws {
        try pipeline.addHandler(HTTPRequestEncoder())
        try pipeline.addHandler(ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes)))
    }

    private static func tlsHandler(_ context: NIOSSLContext, host: String) throws -> NIOSSLClientHandler {
        do {
            return try NIOSSLClientHandler(context: context, serverHostname: host)
        } catch let error as NIOSSLExtraError where error == .cannotUseIPAddressInSNI {
            return try NIOSSLClientHandler(context: context, serverHostname: nil)
        }
    }
}

extension Error {
    /// Whether a connection was not accepted in time.
    var isConnectTimeout: Bool {
        if case .connectTimeout? = self as? ChannelError { true } else { false }
    }
}
