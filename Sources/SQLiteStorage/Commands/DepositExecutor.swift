import Accounts
import GRDB
import Ledger
import Money
import Timekeeping

/// Enters and closes deposits.
struct DepositExecutor {
    let db: Database

    func enter(_ command: EnterDeposit) throws -> DepositReceipt {
        if let reference = command.reference,
            let existing = try db.deposits(
                "WHERE account_id = ? AND reference = ?", [command.accountID.rawValue, reference]
            ).first
        {
            guard existing.amount == command.amount else {
                throw LedgerFailure.conflictingReference(recorded: existing.amount, requested: command.amount)
            }
            return DepositReceipt(existing, credited: .zero)
        }
        let isCompleted = command.status == .completed
        try db.run(
            """
            INSERT INTO deposits (public_id, account_id, amount_nano_usd, status, reference, created_at_ms,
                completed_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            [
                command.publicID.data, command.accountID.rawValue, command.amount.nanos, command.status.rawValue,
                command.reference, command.enteredAt.milliseconds, isCompleted ? command.enteredAt.milliseconds : nil,
            ])
        let id = DepositID(db.lastInsertedRowID)
        guard isCompleted else { return DepositReceipt(try db.deposit(id), credited: .zero) }
        try Postings(db: db).credit(command.amount, of: id, to: command.accountID, at: command.enteredAt)
        return DepositReceipt(try db.deposit(id), credited: command.amount)
    }

    func close(_ command: CloseDeposit) throws -> DepositReceipt {
        let id = command.depositID
        let deposit = try db.deposit(id)
        guard deposit.status != command.status else { return DepositReceipt(deposit, credited: .zero) }
        guard deposit.status == .pending else { throw LedgerFailure.depositClosed }
        let isCompleted = command.status == .completed
        try db.run(
            "UPDATE deposits SET status = ?, completed_at_ms = ? WHERE id = ?",
            [command.status.rawValue, isCompleted ? command.closedAt.milliseconds : nil, id.rawValue])
        guard isCompleted else { return DepositReceipt(try db.deposit(id), credited: .zero) }
        try Postings(db: db).credit(deposit.amount, of: id, to: deposit.accountID, at: command.closedAt)
        return DepositReceipt(try db.deposit(id), credited: deposit.amount)
    }
}
