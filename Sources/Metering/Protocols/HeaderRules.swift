/// The names of a protocol's header fields, in lower case. Shared by reference: it is read for every request.
public final class HeaderRules: Sendable {
    /// Format of the end of a rate limit's window.
    public enum ResetFormat: Sendable {
        /// Milliseconds from now, such as `350ms`.
        case milliseconds
        /// The moment, by RFC 3339.
        case moment
    }

    /// The fields that tell clients their rate limit.
    public struct RateLimit: Sendable {
        /// Requests per minute.
        public let limit: String
        /// Requests that are left.
        public let remaining: String
        /// When the limit is whole again.
        public let reset: String
        /// How `reset` is written.
        public let resetFormat: ResetFormat
    }

    /// The field that carries the upstream account's key.
    public let key: String
    /// Text before the key in its field.
    public let keyPrefix: String
    /// Where clients of the protocol send their key, beside the fields that all protocols share: a field, and a parameter of
    /// the query.
    public let clientKey: (field: String, parameter: String)?
    /// A field that the upstream requires, and its value for clients that do not send it.
    public let required: (name: String, value: String)?
    /// Fields of a client's request that upstreams get, beside those that all protocols pass on.
    public let forwardedFromClient: [String]
    /// Fields of the upstream's answer that clients get, beside those that all protocols pass on.
    public let forwardedFromUpstream: [String]
    /// The field that carries the request's identifier.
    public let requestID: String
    /// The fields that tell clients their rate limit.
    public let rateLimit: RateLimit

    init(
        key: String, keyPrefix: String, clientKey: (field: String, parameter: String)? = nil,
        required: (name: String, value: String)?, forwardedFromClient: [String],
        forwardedFromUpstream: [String], requestID: String, rateLimit: RateLimit
    ) {
        self.key = key
        self.keyPrefix = keyPrefix
        self.clientKey = clientKey
        self.required = required
        self.forwardedFromClient = forwardedFromClient
        self.forwardedFromUpstream = forwardedFromUpstream
        self.requestID = requestID
        self.rateLimit = rateLimit
    }
}
