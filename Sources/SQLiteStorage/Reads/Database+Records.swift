import Accounts
import GRDB
import Ledger
import Money
import Timekeeping

/// Reads of single records and lists. A condition is the rest of the statement behind its table.
extension Database {
    typealias Arguments = [(any DatabaseValueConvertible)?]

    func accounts(_ condition: String, _ arguments: Arguments = []) throws -> [AccountRecord] {
        try rows("SELECT \(AccountRecord.columns) FROM accounts " + condition, arguments)
            .map(AccountRecord.init(row:))
    }

    /// - Throws: `LedgerFailure.notFound` if there is none.
    func account(_ id: AccountID) throws -> AccountRecord {
        guard let account = try accounts("WHERE id = ?", [id.rawValue]).first else {
            throw LedgerFailure.notFound("account")
        }
        return account
    }

    func keys(_ condition: String, _ arguments: Arguments) throws -> [KeyRecord] {
        try all("SELECT \(KeyRecord.columns) FROM keys_with_rules " + condition, arguments) { try KeyRecord(&$0) }
    }

    /// Returns the keys of a kind of an account, deleted ones included, oldest first.
    func keys(of account: AccountID, _ kind: KeyKind) throws -> [KeyRecord] {
        try keys("WHERE account_id = ? AND kind = ? ORDER BY id", [account.rawValue, kind.rawValue])
    }

    /// - Throws: `LedgerFailure.notFound` if there is none; deleted keys are found.
    func key(_ id: KeyID) throws -> KeyRecord {
        guard let key = try keys("WHERE id = ?", [id.rawValue]).first else { throw LedgerFailure.notFound("key") }
        return key
    }

    /// Returns the management keys that match and are not deleted.
    func managementKeys(where condition: String, _ arguments: Arguments) throws -> [ManagementKeyRecord] {
        try rows(
            """
            SELECT \(ManagementKeyRecord.columns) FROM management_keys
            WHERE \(condition) AND deleted_at_ms IS NULL ORDER BY id
            """, arguments
        ).map(ManagementKeyRecord.init(row:))
    }

    /// - Throws: `LedgerFailure.notFound` if there is none, or if it is deleted.
    func managementKey(_ id: ManagementKeyID) throws -> ManagementKeyRecord {
        guard let key = try managementKeys(where: "id = ?", [id.rawValue]).first else {
            throw LedgerFailure.notFound("management key")
        }
        return key
    }

    func deposits(_ condition: String, _ arguments: Arguments = []) throws -> [DepositRecord] {
        try rows("SELECT \(DepositRecord.columns) FROM deposits " + condition, arguments)
            .map(DepositRecord.init(row:))
    }

    /// - Throws: `LedgerFailure.notFound` if there is none.
    func deposit(_ id: DepositID) throws -> DepositRecord {
        guard let deposit = try deposits("WHERE id = ?", [id.rawValue]).first else {
            throw LedgerFailure.notFound("deposit")
        }
        return deposit
    }

    func vouchers(_ condition: String, _ arguments: Arguments) throws -> [VoucherRecord] {
        try rows("SELECT \(VoucherRecord.columns) FROM vouchers " + condition, arguments)
            .map(VoucherRecord.init(row:))
    }

    /// Returns the holds of requests that began before a moment, oldest first.
    func holds(before moment: Timestamp) throws -> [Hold] {
        try rows(Hold.selection + " WHERE started_at_ms < ? ORDER BY started_at_ms", [moment.milliseconds])
            .map(Hold.init(row:))
    }

    func ledgerRows(_ condition: String, _ arguments: Arguments) throws -> [LedgerRow] {
        try all(LedgerRow.selection + condition, arguments) { try LedgerRow(&$0) }
    }

    /// Returns rows of requests that were in flight when the gateway stopped, newest first.
    func interruptedRows(atMost count: Int) throws -> [LedgerRow] {
        try ledgerRows(
            "WHERE ending = ? ORDER BY requests.id DESC LIMIT ?", [RequestEnding.interrupted.rawValue, count])
    }
}
