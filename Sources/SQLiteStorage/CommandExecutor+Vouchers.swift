import Accounts
import GRDB
import Ledger
import Money
import Timekeeping

/// What vouchers are made, taken back and redeemed by.
extension CommandExecutor {
    func createVouchers(
        _ new: [NewVoucher], of accountID: AccountID, _ now: Timestamp, _ db: Database
    ) throws -> LedgerReceipt {
        _ = try db.account(accountID)
        return .vouchers(
            try new.map { voucher in
                try db.run(
                    "INSERT INTO vouchers VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, NULL)",
                    [
                        voucher.publicID.data, accountID.rawValue, voucher.digest.data, voucher.sealedCode.data,
                        voucher.label, voucher.amount.nanos, voucher.shownAmount.nanos, voucher.uses,
                        voucher.expiresAt?.milliseconds, now.milliseconds,
                    ])
                return VoucherRecord(
                    id: VoucherID(db.lastInsertedRowID), accountID: accountID, voucher: voucher, createdAt: now)
            })
    }

    func revokeVoucher(_ id: VoucherID, _ now: Timestamp, _ db: Database) throws -> LedgerReceipt {
        try db.run(
            "UPDATE vouchers SET revoked_at_ms = ? WHERE id = ? AND revoked_at_ms IS NULL",
            [now.milliseconds, id.rawValue])
        guard db.changesCount == 1, let voucher = try db.voucher("WHERE id = ?", [id.rawValue]) else {
            throw LedgerFailure.notFound("voucher")
        }
        return .vouchers([voucher])
    }

    /// Redeems a voucher. Everything that can refuse it is read before the first write.
    func redeemVoucher(
        _ id: VoucherID, by keyID: KeyID, _ now: Timestamp, _ db: Database
    ) throws -> LedgerReceipt {
        let key = try db.key(keyID)
        guard key.kind == .client, key.deletedAt == nil else { throw LedgerFailure.notFound("key") }
        guard !key.drawsOnAccount else { throw LedgerFailure.refused("key has no budget") }
        guard
            let voucher = try db.voucher("WHERE id = ? AND account_id = ?", [id.rawValue, key.accountID.rawValue])
        else { throw LedgerFailure.voucher(.unknown) }
        let earlier = try db.first(
            "SELECT 1 FROM voucher_redemptions WHERE voucher_id = ? AND key_id = ?", [id.rawValue, keyID.rawValue])
        guard earlier == nil else { throw LedgerFailure.voucher(.redeemedBefore) }
        if let refusal = voucher.refusal(at: now) { throw LedgerFailure.voucher(refusal) }
        guard let multiplier = key.multiplier(toppedUpBy: voucher.voucher) else {
            throw LedgerFailure.refused("multiplier out of range")
        }
        let amount = voucher.voucher.amount
        guard try db.account(key.accountID).available >= amount else {
            throw LedgerFailure.refused("more than there is")
        }
        var toppedUp = key
        toppedUp.budget += amount
        toppedUp.multiplier = multiplier
        toppedUp.shownCarry = 0
        guard toppedUp.isShowable else { throw LedgerFailure.refused("shown budget is larger than any amount") }
        try db.run(
            "UPDATE keys SET multiplier_numerator = ?, multiplier_denominator = ?, shown_carry = 0 WHERE id = ?",
            [multiplier.numerator, multiplier.denominator, keyID.rawValue])
        try move(amount, key.accountID, keyID, now, db)
        let posting = db.lastInsertedRowID
        try db.run("UPDATE vouchers SET used = used + 1 WHERE id = ?", [id.rawValue])
        try db.run(
            "INSERT INTO voucher_redemptions VALUES (?, ?, ?)", [id.rawValue, keyID.rawValue, posting])
        var redeemed = voucher
        redeemed.used += 1
        return .redeemed(redeemed, try db.key(keyID))
    }
}
