import Accounts
import Ledger
import Money
import Synchronization
import Timekeeping
import Vault

/// A voucher that was just made, with its code.
public struct IssuedVoucher: Sendable {
    /// The voucher as the ledger has it.
    public let record: VoucherRecord
    /// What redeems it.
    public let code: Secret
}

/// Codes that top keys up.
extension AdmissionControl {
    /// What a new voucher is to be.
    public struct VoucherOrder: Sendable {
        /// The reseller's name for it.
        public var label = ""
        /// What moves from the account to the key of whoever redeems it.
        public var amount: NanoUSD
        /// What that client sees of it; at least ``amount``.
        public var shownAmount: NanoUSD
        /// How many keys may redeem it, each once.
        public var uses = 1
        /// From when on it is refused, if ever.
        public var expiresAt: Timestamp?

        /// Creates an order of a voucher that one key may redeem, whenever it likes.
        public init(amount: NanoUSD, shownAmount: NanoUSD) {
            self.amount = amount
            self.shownAmount = shownAmount
        }
    }

    /// Makes some vouchers that are alike. Nothing is set aside for them.
    public func createVouchers(
        of accountID: AccountID, _ order: VoucherOrder, count: Int, call: ManagementCall<[IssuedVoucher]>? = nil,
        by actor: AuditActor
    ) async throws(ManagementError) -> [IssuedVoucher] {
        let now = time.now()
        let codes = (0..<count).map { _ in VoucherCode.mint().secret }
        var new: [NewVoucher] = []
        for code in codes {
            let id = UUIDv7(time: now)
            let kept = try keep(code, for: id)
            new.append(
                NewVoucher(
                    publicID: id, digest: kept.digest, sealedCode: kept.sealed, label: order.label,
                    amount: order.amount, shownAmount: order.shownAmount, uses: order.uses,
                    expiresAt: order.expiresAt))
        }
        let issued: @Sendable (LedgerReceipt) -> [IssuedVoucher]? = { receipt in
            receipt.vouchers.map { zip($0, codes).map { IssuedVoucher(record: $0, code: $1) } }
        }
        let receipt = try await apply(
            once(.createVouchers(accountID: accountID, new, at: now), call, outcome: issued), by: actor
        ) { _, _ in }
        guard let vouchers = issued(receipt) else { throw .unavailable("unexpected receipt") }
        return vouchers
    }

    /// Takes a voucher back: nobody can redeem it any more, and what was redeemed stays so.
    public func revokeVoucher(_ id: VoucherID, by actor: AuditActor) async throws(ManagementError) -> VoucherRecord {
        let receipt = try await apply(.revokeVoucher(id, at: time.now()), by: actor) { _, _ in }
        guard let voucher = receipt.vouchers?.first else { throw .unavailable("unexpected receipt") }
        return voucher
    }

    /// Returns the voucher that a code is of, if it is one of an account's, be it used up or expired.
    public func voucher(
        _ code: VoucherCode, of accountID: AccountID, in ledger: any LedgerReader
    ) async throws -> VoucherRecord? {
        guard let digest = vault.digest(of: code.secret.revealed.utf8) else {
            throw ManagementError.vault(.libraryFailure)
        }
        return try await ledger.voucher(digest: digest).flatMap { $0.accountID == accountID ? $0 : nil }
    }

    /// Tops a client key up with what a voucher is worth: at once, and once. Requests in flight keep the multiplier that they
    /// were admitted with.
    public func redeem(
        _ voucher: VoucherRecord, by id: KeyID, actor: AuditActor
    ) async throws(ManagementError) -> KeyRecord {
        let amount = voucher.voucher.amount
        let receipt = try await apply(
            .redeemVoucher(voucher.id, by: id, at: time.now()), by: actor,
            taking: { books throws(ManagementError) in
                guard let key = books.keys[id], !key.isClosed else { throw .notFound }
                guard !key.drawsOnAccount else { throw .keyHasNoBudget }
                guard key.account.available >= amount else { throw .insufficientAvailableBalance }
                key.account.available -= amount
            },
            undoing: { $0.keys[id]?.account.available += amount },
            publishing: { books, receipt in
                guard let key = books.keys[id], case .redeemed(_, let record) = receipt else { return }
                key.follow(record)
                key.rest += amount
            })
        guard case .redeemed(_, let record) = receipt else { throw .unavailable("unexpected receipt") }
        return record
    }

    /// Returns a voucher's code, for its owner.
    public func reveal(_ voucher: VoucherRecord) throws(ManagementError) -> Secret {
        try unseal(voucher.voucher.sealedCode, for: voucher.voucher.publicID)
    }
}
