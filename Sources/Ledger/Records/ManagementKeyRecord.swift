import Accounts
import Timekeeping

/// The record of a management key, which manages an account and never spends. Its secret is shown once; only its digest is
/// stored.
public struct ManagementKeyRecord: Hashable, Sendable {
    /// Identifier of the row.
    public var id: ManagementKeyID
    /// Public identifier of the key.
    public var publicID: UUIDv7
    /// The account that it manages.
    public var accountID: AccountID
    /// Digest of the secret.
    public var digest: KeyDigest
    /// The beginning of the secret, for display.
    public var displayID: String
    /// The reseller's name for it.
    public var label: String
    /// Its scope.
    public var scope: ManagementScope
    /// When it expires; nil is never.
    public var expiresAt: Timestamp?
    /// When it was created.
    public var createdAt: Timestamp

    /// Creates a record from all of its parts.
    public init(
        id: ManagementKeyID, publicID: UUIDv7, accountID: AccountID, digest: KeyDigest, displayID: String,
        label: String, scope: ManagementScope, expiresAt: Timestamp?, createdAt: Timestamp
    ) {
        self.id = id
        self.publicID = publicID
        self.accountID = accountID
        self.digest = digest
        self.displayID = displayID
        self.label = label
        self.scope = scope
        self.expiresAt = expiresAt
        self.createdAt = createdAt
    }
}

/// A further secret of a key that expires: the one before a rotation, or a temporary web token.
public struct TemporarySecret: Hashable, Sendable {
    /// Digest of the secret.
    public var digest: KeyDigest
    /// The key that it authenticates.
    public var keyID: KeyID
    /// When it expires.
    public var validUntil: Timestamp

    /// Creates a temporary secret.
    public init(digest: KeyDigest, keyID: KeyID, validUntil: Timestamp) {
        self.digest = digest
        self.keyID = keyID
        self.validUntil = validUntil
    }
}
