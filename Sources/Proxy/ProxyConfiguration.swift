import Accounts
import Metering

/// Limits and timeouts of the data path.
public struct ProxyConfiguration: Sendable {
    /// The upstream of each protocol; requests of a protocol without one are answered 404.
    public var upstreams: [UpstreamProtocol: Upstream]
    /// A file of CA certificates that upstream connections trust beside the system's roots.
    public var certificateAuthorityFile: String?
    /// Proxies whose `X-Forwarded-For` is trusted.
    public var trustedProxies = TrustedProxies()
    /// Origins whose pages may call the gateway.
    public var crossOrigin = CrossOrigin()
    /// Largest request body, in bytes.
    public var maximumRequestBody = 32 << 20
    /// Largest answer that is not a stream, in bytes; a larger one is an upstream error.
    public var maximumAnswerBody = 64 << 20
    /// Maximum time until the upstream accepts a connection.
    public var connectTimeout = Duration.seconds(10)
    /// Maximum attempts for one request whose upstream cannot be reached, is overloaded or fails.
    public var attempts = 2
    /// Maximum delay between two attempts; an upstream that asks for a longer one is not tried again.
    public var longestPause = Duration.seconds(5)
    /// Maximum time from the request's last byte until the head of the answer.
    public var headerTimeout = Duration.seconds(300)
    /// Maximum time between two parts of an answer.
    public var idleTimeout = Duration.seconds(300)
    /// Maximum time of a whole exchange.
    public var totalTimeout = Duration.seconds(1800)
    /// Maximum time for a client to send a request, and between requests on one connection.
    public var clientIdleTimeout = Duration.seconds(75)
    /// Silence in a stream after which a keep-alive event is sent.
    public var pingInterval = Duration.seconds(15)
    /// Maximum time that an answer is read for its usage after its client has left.
    public var drainTime = Duration.seconds(120)
    /// Maximum bytes of an answer that are read for its usage after its client has left.
    public var drainBytes = 16 << 20
    /// Time after which an unused upstream connection is closed.
    public var upstreamKeepAlive = Duration.seconds(50)

    /// Upper bound on the life of an exchange, with a minute of tolerance.
    public var longestExchange: Duration { totalTimeout + drainTime + .seconds(60) }

    /// Creates a configuration with the default limits.
    public init(upstreams: [UpstreamProtocol: Upstream]) {
        self.upstreams = upstreams
    }
}

/// An upstream account: address and key.
public struct Upstream: Sendable {
    /// Host name or address.
    public let host: String
    /// TCP port.
    public let port: Int
    /// Whether the connection is encrypted; certificates are always verified.
    public let usesTLS: Bool
    /// Path before the operation's path; ends in the protocol's version.
    public let basePath: String
    /// The upstream account's key.
    public let key: Secret
    /// Host and port, as the `Host` field has them.
    let authority: String
    /// Whether requests name their end user by a digest of the client key, whatever the client says.
    public var namesEndUsersByKey = true

    /// Creates an upstream from the parts of its base URL.
    public init(host: String, port: Int, usesTLS: Bool, basePath: String, key: Secret) {
        self.host = host
        self.port = port
        self.usesTLS = usesTLS
        self.basePath = basePath
        self.key = key
        let name = host.contains(":") ? "[\(host)]" : host
        authority = port == (usesTLS ? 443 : 80) ? name : "\(name):\(port)"
    }
}

extension Duration {
    /// Whole nanoseconds.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
