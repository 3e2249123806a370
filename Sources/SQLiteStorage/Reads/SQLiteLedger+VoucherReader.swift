import Accounts
import GRDB
import Ledger

extension SQLiteLedger: VoucherReader {
    public func vouchers(
        of account: AccountID, before voucher: VoucherID?, atMost count: Int
    ) async throws -> [VoucherRecord] {
        try await pool.read { db in
            try db.vouchers(
                "WHERE account_id = ? AND id < ? ORDER BY id DESC LIMIT ?",
                [account.rawValue, voucher?.rawValue ?? .max, count])
        }
    }

    public func voucher(publicID: UUIDv7) async throws -> VoucherRecord? {
        try await pool.read { try $0.vouchers("WHERE public_id = ?", [publicID.data]).first }
    }

    public func voucher(digest: KeyDigest) async throws -> VoucherRecord? {
        try await pool.read { try $0.vouchers("WHERE digest = ?", [digest.data]).first }
    }
}
