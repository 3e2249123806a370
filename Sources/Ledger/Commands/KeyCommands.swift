import Accounts
import Money
import Timekeeping

/// Creates a key and moves its budget from the account. An account has one key for all of its web tokens: if that exists,
/// nothing is created and the existing key is the receipt.
public struct CreateKey: ManagementCommand {
    /// The account.
    public var accountID: AccountID
    /// The key to be created.
    public var key: NewKey
    /// When it is created.
    public var createdAt: Timestamp

    /// Creates the command.
    public init(accountID: AccountID, key: NewKey, at now: Timestamp) {
        self.accountID = accountID
        self.key = key
        createdAt = now
    }

    public func apply(to handler: inout some ManagementCommandHandler) throws -> KeyReceipt {
        try handler.handle(self)
    }
}

/// Changes a client key, and moves money between it and its account.
public struct ChangeKey: ManagementCommand {
    /// The key.
    public var keyID: KeyID
    /// The new values; nil leaves a field as it is.
    public var change: KeyChange
    /// When it is changed.
    public var changedAt: Timestamp

    /// Creates the command.
    public init(_ keyID: KeyID, _ change: KeyChange, at now: Timestamp) {
        self.keyID = keyID
        self.change = change
        changedAt = now
    }

    public func apply(to handler: inout some ManagementCommandHandler) throws -> KeyReceipt {
        try handler.handle(self)
    }
}

/// Disables a client key because a request of its violated an upstream's policies, until the key is enabled again.
public struct HoldKey: ManagementCommand {
    /// The key.
    public var keyID: KeyID
    /// The request.
    public var requestID: UUIDv7
    /// When it is disabled.
    public var heldAt: Timestamp

    /// Creates the command.
    public init(_ keyID: KeyID, because requestID: UUIDv7, at now: Timestamp) {
        self.keyID = keyID
        self.requestID = requestID
        heldAt = now
    }

    public func apply(to handler: inout some ManagementCommandHandler) throws -> KeyReceipt {
        try handler.handle(self)
    }
}

/// Deletes a client key. What is neither spent nor held returns to the account at once; what is held follows as the key's
/// requests end.
public struct DeleteKey: ManagementCommand {
    /// The key.
    public var keyID: KeyID
    /// When it is deleted.
    public var deletedAt: Timestamp

    /// Creates the command.
    public init(_ keyID: KeyID, at now: Timestamp) {
        self.keyID = keyID
        deletedAt = now
    }

    public func apply(to handler: inout some ManagementCommandHandler) throws -> KeyReceipt {
        try handler.handle(self)
    }
}

/// Gives a key a new secret. All earlier secrets are refused from then on, except the last one if it stays valid.
public struct ReplaceSecret: ManagementCommand {
    /// The key.
    public var keyID: KeyID
    /// The new secret.
    public var secret: KeySecret
    /// When the old secret expires; nil ends it at once.
    public var oldValidUntil: Timestamp?

    /// Creates the command.
    public init(_ keyID: KeyID, _ secret: KeySecret, oldValidUntil: Timestamp?) {
        self.keyID = keyID
        self.secret = secret
        self.oldValidUntil = oldValidUntil
    }

    public func apply(to handler: inout some ManagementCommandHandler) throws -> KeyReceipt {
        try handler.handle(self)
    }
}

/// Adds a temporary secret to a key, and removes all temporary secrets that have expired.
public struct AddSecret: ManagementCommand {
    /// The secret.
    public var secret: TemporarySecret
    /// Secrets that expire until this moment are removed.
    public var addedAt: Timestamp

    /// Creates the command.
    public init(_ secret: TemporarySecret, at now: Timestamp) {
        self.secret = secret
        addedAt = now
    }

    public func apply(to handler: inout some ManagementCommandHandler) throws -> KeyReceipt {
        try handler.handle(self)
    }
}

/// The receipt of commands that concern a key.
public struct KeyReceipt: ManagementReceipt {
    /// The key as it is now.
    public var key: KeyRecord
    /// What returned to the account.
    public var refunded: NanoUSD

    /// Creates a receipt.
    public init(_ key: KeyRecord, refunded: NanoUSD = .zero) {
        self.key = key
        self.refunded = refunded
    }

    public var auditSubject: AuditSubject { AuditSubject(accountID: key.accountID, target: key.publicID) }
}
