import Accounts
import GRDB
import Ledger

extension SQLiteLedger: DepositReader {
    public func deposit(publicID: UUIDv7) async throws -> DepositRecord? {
        try await pool.read { try $0.deposits("WHERE public_id = ?", [publicID.data]).first }
    }

    public func deposits(of account: AccountID?) async throws -> [DepositRecord] {
        try await pool.read { db in
            guard let account else { return try db.deposits("ORDER BY id DESC") }
            return try db.deposits("WHERE account_id = ? ORDER BY id DESC", [account.rawValue])
        }
    }
}
