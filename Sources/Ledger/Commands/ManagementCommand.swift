import Accounts
import Timekeeping

/// A change to the ledger that a management call asks for: one struct for each kind, which names its receipt. A command is
/// applied whole or not at all.
///
/// Amounts have been checked against the books in memory before a command is made; the ledger checks them again with its
/// own constraints, and fails with ``LedgerFailure`` if they do not hold. Commands of requests are ``RequestCommand``.
public protocol ManagementCommand<Receipt>: Sendable {
    /// Result of the command, known once it is durable.
    associatedtype Receipt: ManagementReceipt

    /// Applies the command: calls the function of `handler` that takes it.
    func apply(to handler: inout some ManagementCommandHandler) throws -> Receipt
}

/// The receipt of a management command.
public protocol ManagementReceipt: Hashable, Sendable {
    /// Changes that the audit log records for the command.
    var auditSubject: AuditSubject { get }
}

/// A ledger's implementation of the management commands: one function for each.
///
/// Two exist: that of `SQLiteLedger`, and the model of the tests. A new command does not compile before both have it.
public protocol ManagementCommandHandler {
    mutating func handle(_ command: OpenAccount) throws -> OpenedAccount
    mutating func handle(_ command: ChangeAccount) throws -> AccountRecord
    mutating func handle(_ command: SetBrand) throws -> AccountRecord
    mutating func handle(_ command: SetAlerts) throws -> AccountRecord
    mutating func handle(_ command: EnterDeposit) throws -> DepositReceipt
    mutating func handle(_ command: CloseDeposit) throws -> DepositReceipt
    mutating func handle(_ command: CreateKey) throws -> KeyReceipt
    mutating func handle(_ command: ChangeKey) throws -> KeyReceipt
    mutating func handle(_ command: HoldKey) throws -> KeyReceipt
    mutating func handle(_ command: DeleteKey) throws -> KeyReceipt
    mutating func handle(_ command: ReplaceSecret) throws -> KeyReceipt
    mutating func handle(_ command: AddSecret) throws -> KeyReceipt
    mutating func handle(_ command: CreateManagementKey) throws -> ManagementKeyRecord
    mutating func handle(_ command: DeleteManagementKey) throws -> ManagementKeyRecord
    mutating func handle(_ command: CreateVouchers) throws -> [VoucherRecord]
    mutating func handle(_ command: RevokeVoucher) throws -> VoucherRecord
    mutating func handle(_ command: RedeemVoucher) throws -> VoucherRedemption
    mutating func handle(_ command: AdoptPrices) throws -> RateCardRecord
    mutating func handle(_ command: PurgeRows) throws -> PurgeReceipt
    mutating func handle(_ command: RollUpWeeks) throws -> RollUpReceipt

    /// Writes a line of the audit log.
    mutating func record(_ actor: AuditActor, changing subject: AuditSubject, at now: Timestamp) throws
    /// Keeps the answer of a call with an `Idempotency-Key`.
    ///
    /// - Throws: `LedgerFailure.refused` if the caller has used the key before.
    mutating func keep(_ answer: KeptAnswer, of identity: IdempotencyKey, calledAt: Timestamp) throws
}
