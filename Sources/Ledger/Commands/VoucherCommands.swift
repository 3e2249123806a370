import Accounts
import Timekeeping

/// Creates vouchers. Receipt: the vouchers, in their order.
public struct CreateVouchers: ManagementCommand {
    /// The account that pays when they are redeemed.
    public var accountID: AccountID
    /// The vouchers to be created.
    public var vouchers: [NewVoucher]
    /// When they are created.
    public var createdAt: Timestamp

    /// Creates the command.
    public init(accountID: AccountID, _ vouchers: [NewVoucher], at now: Timestamp) {
        self.accountID = accountID
        self.vouchers = vouchers
        createdAt = now
    }

    public func apply(to handler: inout some ManagementCommandHandler) throws -> [VoucherRecord] {
        try handler.handle(self)
    }
}

/// Revokes a voucher: it cannot be redeemed any more. Receipt: the voucher as it is now.
public struct RevokeVoucher: ManagementCommand {
    /// The voucher.
    public var voucherID: VoucherID
    /// When it is revoked.
    public var revokedAt: Timestamp

    /// Creates the command.
    public init(_ voucherID: VoucherID, at now: Timestamp) {
        self.voucherID = voucherID
        revokedAt = now
    }

    public func apply(to handler: inout some ManagementCommandHandler) throws -> VoucherRecord {
        try handler.handle(self)
    }
}

/// Moves a voucher's amount from its account to a client key of the same account that has not redeemed it. The key's
/// multiplier becomes the one that shows the client the voucher's shown amount more.
public struct RedeemVoucher: ManagementCommand {
    /// The voucher.
    public var voucherID: VoucherID
    /// The key that is topped up.
    public var keyID: KeyID
    /// When it is redeemed.
    public var redeemedAt: Timestamp

    /// Creates the command.
    public init(_ voucherID: VoucherID, by keyID: KeyID, at now: Timestamp) {
        self.voucherID = voucherID
        self.keyID = keyID
        redeemedAt = now
    }

    public func apply(to handler: inout some ManagementCommandHandler) throws -> VoucherRedemption {
        try handler.handle(self)
    }
}

/// The receipt of ``RedeemVoucher``.
public struct VoucherRedemption: ManagementReceipt {
    /// The voucher as it is now.
    public var voucher: VoucherRecord
    /// The key as it is now.
    public var key: KeyRecord

    /// Creates a receipt.
    public init(voucher: VoucherRecord, key: KeyRecord) {
        self.voucher = voucher
        self.key = key
    }

    public var auditSubject: AuditSubject { AuditSubject(accountID: key.accountID, target: key.publicID) }
}

extension VoucherRecord: ManagementReceipt {
    public var auditSubject: AuditSubject { AuditSubject(accountID: accountID, target: voucher.publicID) }
}

extension [VoucherRecord]: ManagementReceipt {
    /// The one voucher; of more or fewer only the account.
    public var auditSubject: AuditSubject {
        AuditSubject(accountID: first?.accountID, target: count == 1 ? first?.voucher.publicID : nil)
    }
}
