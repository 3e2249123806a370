/// An error of the gateway, before a protocol gives it its shape.
public struct ProtocolError: Error, Hashable, Sendable {
    /// What went wrong, by the distinctions that protocols make.
    public enum Kind: Hashable, Sendable {
        /// The request is malformed or asks for what is not served.
        case invalidRequest
        /// The key is missing or unknown.
        case authentication
        /// The key may not do this.
        case permission
        /// The path or the model does not exist.
        case notFound
        /// The body is too large.
        case tooLarge
        /// A limit of requests, tokens or concurrency is reached.
        case rateLimit
        /// The money is spent.
        case insufficientFunds
        /// The upstream is overloaded.
        case overloaded
        /// The upstream or the gateway failed.
        case failure
    }

    /// The HTTP status.
    public var status: Int
    /// The protocol's name of the error, where an upstream gave it one; else it follows from the kind.
    public var type: String?
    /// What went wrong.
    public var kind: Kind
    /// For people; safe for the client.
    public var message: String
    /// A stable code for programs.
    public var code: String?
    /// The request's field that is wrong.
    public var field: String?

    /// Creates an error.
    public init(status: Int, kind: Kind, message: String, code: String? = nil, field: String? = nil) {
        self.status = status
        self.kind = kind
        self.message = message
        self.code = code
        self.field = field
    }
}
