import Accounts
import Money
import Timekeeping

/// Enters a deposit. The same reference on the same account again returns the existing deposit and changes nothing.
public struct EnterDeposit: ManagementCommand {
    /// Public identifier of the deposit.
    public var publicID: UUIDv7
    /// The account that it is for.
    public var accountID: AccountID
    /// Its amount, greater than zero.
    public var amount: NanoUSD
    /// Its status: only completed deposits count.
    public var status: DepositStatus
    /// The operator's own reference.
    public var reference: String?
    /// When it is entered.
    public var enteredAt: Timestamp

    /// Creates the command.
    public init(
        publicID: UUIDv7, accountID: AccountID, amount: NanoUSD, status: DepositStatus, reference: String?,
        at now: Timestamp
    ) {
        self.publicID = publicID
        self.accountID = accountID
        self.amount = amount
        self.status = status
        self.reference = reference
        enteredAt = now
    }

    public func apply(to handler: inout some ManagementCommandHandler) throws -> DepositReceipt {
        try handler.handle(self)
    }
}

/// Completes or refuses a pending deposit. A deposit that has the status already is returned unchanged.
public struct CloseDeposit: ManagementCommand {
    /// The deposit.
    public var depositID: DepositID
    /// Its new status.
    public var status: DepositStatus
    /// When it is closed.
    public var closedAt: Timestamp

    /// Creates the command.
    public init(_ depositID: DepositID, as status: DepositStatus, at now: Timestamp) {
        self.depositID = depositID
        self.status = status
        closedAt = now
    }

    public func apply(to handler: inout some ManagementCommandHandler) throws -> DepositReceipt {
        try handler.handle(self)
    }
}

/// The receipt of ``EnterDeposit`` and ``CloseDeposit``.
public struct DepositReceipt: ManagementReceipt {
    /// The deposit as it is now.
    public var deposit: DepositRecord
    /// Amount that the command added to the account; zero if nothing.
    public var credited: NanoUSD

    /// Creates a receipt.
    public init(_ deposit: DepositRecord, credited: NanoUSD) {
        self.deposit = deposit
        self.credited = credited
    }

    public var auditSubject: AuditSubject { AuditSubject(accountID: deposit.accountID, target: deposit.publicID) }
}
