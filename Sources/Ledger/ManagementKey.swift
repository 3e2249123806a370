import Accounts
import Timekeeping

/// A key that manages an account and never spends, as the ledger keeps it. Its secret is shown once and kept as a digest.
public struct ManagementKeyRecord: Hashable, Sendable {
    /// The row's number.
    public var id: ManagementKeyID
    /// What the key is called outside.
    public var publicID: UUIDv7
    /// The account that it manages.
    public var accountID: AccountID
    /// What recognises its secret.
    public var digest: KeyDigest
    /// The beginning of the secret, for display.
    public var displayID: String
    /// The reseller's name for it.
    public var label: String
    /// What it may do.
    public var scope: ManagementScope
    /// From when on it is refused, if ever.
    public var expiresAt: Timestamp?
    /// When it was made.
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

/// A secret that recognises a key until a moment: the one before a rotation, or a temporary web token.
public struct TemporarySecret: Hashable, Sendable {
    /// What recognises it.
    public var digest: KeyDigest
    /// The key that it stands for.
    public var keyID: KeyID
    /// From when on it is refused.
    public var validUntil: Timestamp

    /// Creates a temporary secret.
    public init(digest: KeyDigest, keyID: KeyID, validUntil: Timestamp) {
        self.digest = digest
        self.keyID = keyID
        self.validUntil = validUntil
    }
}
