import Accounts
import GRDB
import Ledger

extension SQLiteLedger: AuditReader {
    public func audit(
        of account: AccountID?, before line: Int64?, atMost count: Int
    ) async throws -> [AuditRecord] {
        let selection = "SELECT \(AuditRecord.columns) FROM audit "
        return try await pool.read { db in
            let rows =
                if let account {
                    try db.rows(
                        selection + "WHERE account_id = ? AND id < ? ORDER BY id DESC LIMIT ?",
                        [account.rawValue, line ?? .max, count])
                } else {
                    try db.rows(selection + "WHERE id < ? ORDER BY id DESC LIMIT ?", [line ?? .max, count])
                }
            return try rows.map(AuditRecord.init(row:))
        }
    }
}
