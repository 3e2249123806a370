import Accounts
import Timekeeping

/// Keyed digest of the identifier of an object that an upstream stores: a response, a conversation, a container, a file.
public struct ObjectDigest: Hashable, Sendable {
    /// The digest.
    public var rawValue: Int64

    /// Creates a digest.
    public init(rawValue: Int64) { self.rawValue = rawValue }
}

/// Objects whose identifiers an answer gave to a key.
///
/// - Rule: A key can only name objects whose identifiers it was given; for any other key, of the same account too, they do
///   not exist. A rotated key is the same key.
/// - Why: The upstream stores all of them for one account, its own customer.
/// - Without it: Whoever knows or guesses an identifier reads the conversation of another customer.
public struct GivenObjects: Hashable, Sendable {
    /// The key.
    public var keyID: KeyID
    /// The model whose answer gave them.
    public var model: String
    /// The objects.
    public var digests: [ObjectDigest]
    /// When they were given.
    public var givenAt: Timestamp

    /// Creates a record of given objects.
    public init(keyID: KeyID, model: String, digests: [ObjectDigest], at now: Timestamp) {
        self.keyID = keyID
        self.model = model
        self.digests = digests
        givenAt = now
    }
}
