import Accounts

/// Whoever presented a key that the gateway knows.
public struct Principal: Hashable, Sendable {
    /// The key.
    public let keyID: KeyID
    /// What the key is called outside.
    public let publicID: UUIDv7
    /// The account that it belongs to.
    public let accountID: AccountID
    /// What it may do.
    public let kind: KeyKind
}
