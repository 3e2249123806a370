import Accounts
import Timekeeping

/// Creates a management key.
public struct CreateManagementKey: ManagementCommand {
    /// The account that it manages.
    public var accountID: AccountID
    /// The key to be created.
    public var key: NewManagementKey
    /// When it is created.
    public var createdAt: Timestamp

    /// Creates the command.
    public init(accountID: AccountID, key: NewManagementKey, at now: Timestamp) {
        self.accountID = accountID
        self.key = key
        createdAt = now
    }

    public func apply(to handler: inout some ManagementCommandHandler) throws -> ManagementKeyRecord {
        try handler.handle(self)
    }
}

/// A management key to be created.
public struct NewManagementKey: Hashable, Sendable {
    /// Public identifier of the key.
    public var publicID: UUIDv7
    /// Digest of the secret.
    public var digest: KeyDigest
    /// The beginning of the secret, for display.
    public var displayID: String
    /// The reseller's name for it.
    public var label: String
    /// Permissions of the key.
    public var scope: ManagementScope
    /// When it expires; nil is never.
    public var expiresAt: Timestamp?

    /// Creates a management key to be created.
    public init(
        publicID: UUIDv7, digest: KeyDigest, displayID: String, label: String, scope: ManagementScope,
        expiresAt: Timestamp?
    ) {
        self.publicID = publicID
        self.digest = digest
        self.displayID = displayID
        self.label = label
        self.scope = scope
        self.expiresAt = expiresAt
    }
}

/// Deletes a management key. Receipt: the key as it was.
public struct DeleteManagementKey: ManagementCommand {
    /// The key.
    public var keyID: ManagementKeyID
    /// When it is deleted.
    public var deletedAt: Timestamp

    /// Creates the command.
    public init(_ keyID: ManagementKeyID, at now: Timestamp) {
        self.keyID = keyID
        deletedAt = now
    }

    public func apply(to handler: inout some ManagementCommandHandler) throws -> ManagementKeyRecord {
        try handler.handle(self)
    }
}

extension ManagementKeyRecord: ManagementReceipt {
    public var auditSubject: AuditSubject { AuditSubject(accountID: accountID, target: publicID) }
}
