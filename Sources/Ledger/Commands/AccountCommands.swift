import Accounts
import Money
import Timekeeping

/// Opens an account with its first account key.
public struct OpenAccount: ManagementCommand {
    /// Public identifier of the account.
    public var publicID: UUIDv7
    /// The operator's name for it.
    public var name: String
    /// Its account key.
    public var key: NewKey
    /// When it is opened.
    public var openedAt: Timestamp

    /// Creates the command.
    public init(publicID: UUIDv7, name: String, key: NewKey, at now: Timestamp) {
        self.publicID = publicID
        self.name = name
        self.key = key
        openedAt = now
    }

    public func apply(to handler: inout some ManagementCommandHandler) throws -> OpenedAccount {
        try handler.handle(self)
    }
}

/// The receipt of ``OpenAccount``.
public struct OpenedAccount: ManagementReceipt {
    /// The account.
    public var account: AccountRecord
    /// Its account key.
    public var key: KeyRecord

    /// Creates a receipt.
    public init(account: AccountRecord, key: KeyRecord) {
        self.account = account
        self.key = key
    }

    public var auditSubject: AuditSubject { account.auditSubject }
}

/// Changes an account's markup and rules. Receipt: the account as it is now.
public struct ChangeAccount: ManagementCommand {
    /// The account.
    public var accountID: AccountID
    /// The new values; nil leaves a field as it is.
    public var change: AccountChange

    /// Creates the command.
    public init(_ accountID: AccountID, _ change: AccountChange) {
        self.accountID = accountID
        self.change = change
    }

    public func apply(to handler: inout some ManagementCommandHandler) throws -> AccountRecord {
        try handler.handle(self)
    }
}

/// Changes to an account; nil leaves a field as it is.
public struct AccountChange: Hashable, Sendable {
    /// Surcharge on the rate card; rows already written keep theirs.
    public var markup: Markup?
    /// What happens when the bound of a request does not fit the money that is left.
    public var shortage: ShortagePolicy?
    /// What happens when a client disconnects.
    public var disconnect: DisconnectPolicy?
    /// What follows when an upstream says that a request violates its policies.
    public var policyError: PolicyErrorRule?

    /// Creates a change.
    public init(
        markup: Markup? = nil, shortage: ShortagePolicy? = nil, disconnect: DisconnectPolicy? = nil,
        policyError: PolicyErrorRule? = nil
    ) {
        self.markup = markup
        self.shortage = shortage
        self.disconnect = disconnect
        self.policyError = policyError
    }
}

/// Sets the look of an account's customer page. Receipt: the account.
public struct SetBrand: ManagementCommand {
    /// The account.
    public var accountID: AccountID
    /// The look.
    public var brand: Brand

    /// Creates the command.
    public init(_ accountID: AccountID, _ brand: Brand) {
        self.accountID = accountID
        self.brand = brand
    }

    public func apply(to handler: inout some ManagementCommandHandler) throws -> AccountRecord {
        try handler.handle(self)
    }
}

/// Sets the thresholds of an account's alerts. Receipt: the account.
public struct SetAlerts: ManagementCommand {
    /// The account.
    public var accountID: AccountID
    /// The thresholds.
    public var alerts: Alerts

    /// Creates the command.
    public init(_ accountID: AccountID, _ alerts: Alerts) {
        self.accountID = accountID
        self.alerts = alerts
    }

    public func apply(to handler: inout some ManagementCommandHandler) throws -> AccountRecord {
        try handler.handle(self)
    }
}

extension AccountRecord: ManagementReceipt {
    public var auditSubject: AuditSubject { AuditSubject(accountID: id, target: publicID) }
}
