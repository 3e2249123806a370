import Accounts
import Metering

/// Limits and timeouts of the data path.
public struct ProxyConfiguration: Sendable {
    /// Where each protocol is forwarded to; a protocol without an upstream answers 404.
    public var upstreams: [UpstreamProtocol: Upstream]
    /// A file of certificates to trust beside the system's roots.
    public var certificateAuthorityFile: String?
    /// Whose `X-Forwarded-For` is believed.
    public var trustedProxies = TrustedProxies()
    /// Which other sites' pages may call the gateway.
    public var crossOrigin = CrossOrigin()
    /// Largest request body, in bytes.
    public var maximumRequestBody = 32 << 20
    /// Largest answer that is not a stream, in bytes; a larger one is an upstream error.
    public var maximumAnswerBody = 64 << 20
    /// Until the upstream accepts a connection.
    public var connectTimeout = Duration.seconds(10)
    /// How often a request is sent to its upstream at most, when that cannot be reached, is overloaded or fails.
    public var attempts = 2
    /// The longest pause between two attempts: an upstream that asks for more is not asked again.
    public var longestPause = Duration.seconds(5)
    /// From the request's last byte until the answer's head.
    public var headerTimeout = Duration.seconds(300)
    /// Between two parts of an answer.
    public var idleTimeout = Duration.seconds(300)
    /// For the whole exchange, from admission.
    public var totalTimeout = Duration.seconds(1800)
    /// For a client to send a request, and between requests on one connection.
    public var clientIdleTimeout = Duration.seconds(75)
    /// Silence in a stream after which a comment is sent to keep connections in between alive.
    public var pingInterval = Duration.seconds(15)
    /// How long an answer is read for its usage after its client went away.
    public var drainTime = Duration.seconds(120)
    /// How many bytes of an answer are read for its usage after its client went away.
    public var drainBytes = 16 << 20
    /// How long an unused connection to an upstream is kept.
    public var upstreamKeepAlive = Duration.seconds(50)

    /// No exchange lives longer, a minute's grace included.
    public var longestExchange: Duration { totalTimeout + drainTime + .seconds(60) }

    /// Creates a configuration with the default limits.
    public init(upstreams: [UpstreamProtocol: Upstream]) {
        self.upstreams = upstreams
    }
}

/// An upstream account: where it is, and the key that pays there.
public struct Upstream: Sendable {
    /// Host name or address.
    public var host: String
    /// TCP port.
    public var port: Int
    /// Whether the connection is encrypted; certificates are always verified.
    public var usesTLS: Bool
    /// What comes before the operation's path; ends in `/v1`.
    public var basePath: String
    /// The upstream account's key.
    public var key: Secret

    /// Creates an upstream from the parts of its base URL.
    public init(host: String, port: Int, usesTLS: Bool, basePath: String, key: Secret) {
        self.host = host
        self.port = port
        self.usesTLS = usesTLS
        self.basePath = basePath
        self.key = key
    }
}

extension Duration {
    /// Whole nanoseconds.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
