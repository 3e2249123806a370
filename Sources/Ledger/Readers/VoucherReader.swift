import Accounts

/// Reads vouchers.
public protocol VoucherReader: Sendable {
    /// Returns vouchers of an account before a cursor, newest first.
    func vouchers(of account: AccountID, before voucher: VoucherID?, atMost count: Int) async throws -> [VoucherRecord]
    /// Returns one voucher by its public identifier, or nil.
    func voucher(publicID: UUIDv7) async throws -> VoucherRecord?
    /// Returns one voucher by the digest of its code, or nil.
    func voucher(digest: KeyDigest) async throws -> VoucherRecord?
}
