import Accounts
import GRDB
import Ledger

/// Vouchers of accounts.
extension SQLiteLedger {
    public func vouchers(
        of account: AccountID, before voucher: VoucherID?, atMost count: Int
    ) async throws -> [VoucherRecord] {
        try await pool.read { db in
            try db.rows(
                "SELECT * FROM vouchers WHERE account_id = ? AND id < ? ORDER BY id DESC LIMIT ?",
                [account.rawValue, voucher?.rawValue ?? .max, count]
            ).map(VoucherRecord.init(row:))
        }
    }

    public func voucher(publicID: UUIDv7) async throws -> VoucherRecord? {
        try await pool.read { try $0.voucher("WHERE public_id = ?", [publicID.data]) }
    }

    public func voucher(digest: KeyDigest) async throws -> VoucherRecord? {
        try await pool.read { try $0.voucher("WHERE digest = ?", [digest.data]) }
    }
}

extension Database {
    func voucher(_ condition: String, _ arguments: [(any DatabaseValueConvertible)?]) throws -> VoucherRecord? {
        try first("SELECT * FROM vouchers " + condition, arguments).map(VoucherRecord.init(row:))
    }
}
