import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// A deterministic upstream that speaks both protocols, plain and streamed, with truthful usage: the same request always
/// gets the same answer.
///
/// Words for its behaviour are given in the model's name (``DemoSwitches``).
public struct DemoUpstream: Sendable {
    /// How an upstream is started.
    public struct Configuration: Sendable {
        /// Address to listen on.
        public var host = "127.0.0.1"
        /// Port to listen on; 0 takes a free one.
        public var port = 0
        /// The key that requests must present; nil takes any.
        public var key: String?
        /// PEM files of a certificate chain and its private key; nil speaks plain HTTP.
        public var tls: (certificate: String, key: String)?
        /// Gets every request's head and body, for tests.
        public var observer: (@Sendable (HTTPRequestHead, ByteBuffer) -> Void)?

        /// Creates a configuration: plain HTTP on a free port of the loopback, any key.
        public init() {}
    }

    private let channel: any Channel

    /// The port that the upstream listens on.
    public var port: Int { channel.localAddress?.port ?? 0 }

    /// Starts an upstream on the event loops of a group.
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
