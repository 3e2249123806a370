import Accounts
import Ledger
import Money
import Timekeeping
import Vault

/// Vouchers.
extension AccountManagement {
    /// Creates equal vouchers. Vouchers hold no money: a redemption takes it from the account.
    public func createVouchers(
        of accountID: AccountID, _ order: VoucherOrder, count: Int, call: ManagementCall<[IssuedVoucher]>? = nil,
        by actor: AuditActor
    ) async throws(ManagementError) -> [IssuedVoucher] {
        let now = time.now()
        let codes = (0..<count).map { _ in VoucherCode.mint().secret }
        var new: [NewVoucher] = []
        for code in codes {
            let id = UUIDv7(time: now)
            let kept = try secrets.keep(code, for: id)
            new.append(
                NewVoucher(
                    publicID: id, digest: kept.digest, sealedCode: kept.sealed, label: order.label,
                    amount: order.amount, shownAmount: order.shownAmount, uses: order.uses,
                    expiresAt: order.expiresAt))
        }
        let issued: @Sendable ([VoucherRecord]) -> [IssuedVoucher] = { records in
            zip(records, codes).map { IssuedVoucher(record: $0, code: $1) }
        }
        let records = try await commands.apply(
            commands.once(CreateVouchers(accountID: accountID, new, at: now), call, outcome: issued), by: actor)
        return issued(records)
    }

    /// Revokes a voucher. It can no longer be redeemed; earlier redemptions stay valid.
    public func revokeVoucher(_ id: VoucherID, by actor: AuditActor) async throws(ManagementError) -> VoucherRecord {
        try await commands.apply(RevokeVoucher(id, at: time.now()), by: actor)
    }

    /// Returns the account's voucher with a code, even if it is used up, revoked or expired; nil if there is none.
    public func voucher(
        _ code: VoucherCode, of accountID: AccountID, in ledger: any VoucherReader
    ) async throws -> VoucherRecord? {
        let digest = try secrets.digest(of: code.secret)
        return try await ledger.voucher(digest: digest).flatMap { $0.accountID == accountID ? $0 : nil }
    }

    /// Redeems a voucher: moves its amount from the account to a client key, which can redeem it only once. Requests in
    /// flight keep the multiplier that they were admitted with.
    public func redeem(
        _ voucher: VoucherRecord, by id: KeyID, actor: AuditActor
    ) async throws(ManagementError) -> KeyRecord {
        let amount = voucher.voucher.amount
        let receipt = try await commands.apply(
            RedeemVoucher(voucher.id, by: id, at: time.now()), by: actor,
            taking: { books throws(ManagementError) in
                guard let key = books.keys[id], !key.isClosed else { throw .notFound }
                guard !key.drawsOnAccount else { throw .keyHasNoBudget }
                guard key.account.available >= amount else { throw .insufficientAvailableBalance }
                key.account.available -= amount
            },
            undoing: { $0.accounts[voucher.accountID]?.available += amount },
            publishing: { books, receipt in
                guard let key = books.keys[id] else { return }
                key.follow(receipt.key)
                key.addToBudget(amount)
            })
        return receipt.key
    }

    /// Returns the code of a voucher, for its owner.
    public func reveal(_ voucher: VoucherRecord) throws(ManagementError) -> Secret {
        try secrets.unseal(voucher.voucher.sealedCode, for: voucher.voucher.publicID)
    }
}
