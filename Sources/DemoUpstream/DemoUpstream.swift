import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// A deterministic upstream for the demo and for tests. It speaks all protocols, plain and streamed, and reports the usage
/// of every response; the same request always gets the same response.
///
/// Switches in the model's name change its behaviour (``DemoSwitches``).
public struct DemoUpstream: Sendable {
    /// The configuration of a demo upstream.
    public struct Configuration: Sendable {
        /// Address to listen on.
        public var host = "127.0.0.1"
        /// Port to listen on; 0 means any free port.
        public var port = 0
        /// The key that requests must present; nil accepts any.
        public var key: String?
        /// PEM files with a certificate chain and its private key; nil disables TLS.
        public var tls: (certificate: String, key: String)?
        /// Called with the head and body of every request, for tests.
        public var observer: (@Sendable (HTTPRequestHead, ByteBuffer) -> Void)?

        /// Creates a configuration: plain HTTP on any free port of the loopback interface, any key.
        public init() {}
    }

    private let channel: any Channel

    /// The port on which the upstream is listening.
    public var port: Int { channel.localAddress?.port ?? 0 }

    /// Starts an upstream on the event loops of `group`.
    public static func start(_ configuration: Configuration, group: any EventLoopGroup) async throws -> DemoUpstream {
        let tls = try configuration.tls.map { files in
            try NIOSSLContext(
                configuration: .makeServerConfiguration(
                    certificateChain: NIOSSLCertificate.fromPEMFile(files.certificate).map { .certificate($0) },
                    privateKey: .privateKey(NIOSSLPrivateKey(file: files.key, format: .pem))))
        }
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 4096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
                    try pipeline.configureHTTPServerPipeline(withErrorHandling: false)
                    try pipeline.addHandler(DemoConnection(configuration))
                }
            }
            .bind(host: configuration.host, port: configuration.port).get()
        return DemoUpstream(channel: channel)
    }

    /// Stops listening.
    public func stop() async throws {
        try await channel.close()
    }
}
