import Accounts
import GRDB
import Ledger
import Money
import Timekeeping

/// Creates, revokes and redeems vouchers.
struct VoucherExecutor {
    let db: Database

    func create(_ command: CreateVouchers) throws -> [VoucherRecord] {
        _ = try db.account(command.accountID)
        return try command.vouchers.map { voucher in
            try db.run(
                """
                INSERT INTO vouchers (public_id, account_id, digest, sealed_code, label, amount_nano_usd, shown_nano_usd,
                    uses, expires_at_ms, created_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    voucher.publicID.data, command.accountID.rawValue, voucher.digest.data, voucher.sealedCode.data,
                    voucher.label, voucher.amount.nanos, voucher.shownAmount.nanos, voucher.uses,
                    voucher.expiresAt?.milliseconds, command.createdAt.milliseconds,
                ])
            return VoucherRecord(
                id: VoucherID(db.lastInsertedRowID), accountID: command.accountID, voucher: voucher,
                createdAt: command.createdAt)
        }
    }

    func revoke(_ command: RevokeVoucher) throws -> VoucherRecord {
        let id = command.voucherID
        try db.run(
            "UPDATE vouchers SET revoked_at_ms = ? WHERE id = ? AND revoked_at_ms IS NULL",
            [command.revokedAt.milliseconds, id.rawValue])
        guard db.changesCount == 1, let voucher = try db.vouchers("WHERE id = ?", [id.rawValue]).first else {
            throw LedgerFailure.notFound("voucher")
        }
        return voucher
    }

    /// Redeems a voucher. Everything that can refuse it is read before the first write: refused redemptions are the one
    /// command that clients can repeat at will.
    func redeem(_ command: RedeemVoucher) throws -> VoucherRedemption {
        let (id, keyID, now) = (command.voucherID, command.keyID, command.redeemedAt)
        let key = try db.key(keyID)
        let record = try redeemable(id, by: key, at: now)
        let voucher = record.voucher
        guard let multiplier = key.multiplier(toppedUpBy: voucher) else {
            throw LedgerFailure.refused("multiplier out of range")
        }
        guard try db.account(key.accountID).available >= voucher.amount else {
            throw LedgerFailure.refused("more than the account has available")
        }
        var toppedUp = key
        toppedUp.budget += voucher.amount
        toppedUp.multiplier = multiplier
        toppedUp.shownCarry = 0
        guard toppedUp.isShowable else { throw LedgerFailure.refused("shown budget is larger than any amount") }

        try db.run(
            "UPDATE keys SET multiplier_numerator = ?, multiplier_denominator = ?, shown_carry = 0 WHERE id = ?",
            [multiplier.numerator, multiplier.denominator, keyID.rawValue])
        let posting = try Postings(db: db).move(voucher.amount, from: key.accountID, to: keyID, at: now)
        try db.run("UPDATE vouchers SET used = used + 1 WHERE id = ?", [id.rawValue])
        try db.run(
            "INSERT INTO voucher_redemptions (voucher_id, key_id, posting_id) VALUES (?, ?, ?)",
            [id.rawValue, keyID.rawValue, posting])
        var redeemed = record
        redeemed.used += 1
        return VoucherRedemption(voucher: redeemed, key: try db.key(keyID))
    }

    /// Returns a voucher that a key may redeem.
    private func redeemable(_ id: VoucherID, by key: KeyRecord, at now: Timestamp) throws -> VoucherRecord {
        guard key.kind == .client, key.deletedAt == nil else { throw LedgerFailure.notFound("key") }
        guard !key.drawsOnAccount else { throw LedgerFailure.refused("key has no budget") }
        let found = try db.vouchers("WHERE id = ? AND account_id = ?", [id.rawValue, key.accountID.rawValue]).first
        guard let voucher = found else { throw LedgerFailure.voucher(.unknown) }
        let earlier = try db.first(
            "SELECT 1 FROM voucher_redemptions WHERE voucher_id = ? AND key_id = ?", [id.rawValue, key.id.rawValue])
        guard earlier == nil else { throw LedgerFailure.voucher(.redeemedBefore) }
        if let refusal = voucher.refusal(at: now) { throw LedgerFailure.voucher(refusal) }
        return voucher
    }
}
