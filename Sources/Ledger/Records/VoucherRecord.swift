import Accounts
import Money
import Timekeeping

/// A voucher to be created: a code that tops a key up.
public struct NewVoucher: Hashable, Sendable {
    /// Public identifier of the voucher.
    public var publicID: UUIDv7
    /// Digest of the code.
    public var digest: KeyDigest
    /// The code, sealed, so that the reseller can be shown it again.
    public var sealedCode: [UInt8]
    /// The reseller's name for it.
    public var label: String
    /// Amount that a redemption moves from the account to the key.
    public var amount: NanoUSD
    /// Amount that the client is shown; at least ``amount``.
    public var shownAmount: NanoUSD
    /// Number of keys that may redeem it, each once.
    public var uses: Int
    /// When it expires; nil is never.
    public var expiresAt: Timestamp?

    /// Creates a voucher to be created.
    public init(
        publicID: UUIDv7, digest: KeyDigest, sealedCode: [UInt8], label: String, amount: NanoUSD,
        shownAmount: NanoUSD, uses: Int, expiresAt: Timestamp?
    ) {
        self.publicID = publicID
        self.digest = digest
        self.sealedCode = sealedCode
        self.label = label
        self.amount = amount
        self.shownAmount = shownAmount
        self.uses = uses
        self.expiresAt = expiresAt
    }
}

/// The record of a voucher.
public struct VoucherRecord: Hashable, Sendable {
    /// Identifier of the row.
    public var id: VoucherID
    /// The account that created it, and pays.
    public var accountID: AccountID
    /// The values that it was created with.
    public var voucher: NewVoucher
    /// Number of keys that have redeemed it.
    public var used: Int
    /// When it was created.
    public var createdAt: Timestamp
    /// When it was revoked; nil if it is not.
    public var revokedAt: Timestamp?

    /// Creates a record from all of its parts.
    public init(
        id: VoucherID, accountID: AccountID, voucher: NewVoucher, used: Int = 0, createdAt: Timestamp,
        revokedAt: Timestamp? = nil
    ) {
        self.id = id
        self.accountID = accountID
        self.voucher = voucher
        self.used = used
        self.createdAt = createdAt
        self.revokedAt = revokedAt
    }

    /// Returns why no key can redeem it at a moment, or nil if one can.
    public func refusal(at now: Timestamp) -> VoucherRefusal? {
        if revokedAt != nil { return .unknown }
        if let end = voucher.expiresAt, now >= end { return .expired }
        return used < voucher.uses ? nil : .usedUp
    }
}

/// Why a code cannot be redeemed.
public enum VoucherRefusal: Hashable, Sendable {
    /// The code does not exist, is revoked, or belongs to another account.
    case unknown
    /// It has expired.
    case expired
    /// The allowed number of keys has redeemed it.
    case usedUp
    /// The key has redeemed it before.
    case redeemedBefore
}

extension KeyRecord {
    /// Returns the display multiplier after a redemption: the shown rest of the budget grows by the voucher's shown amount. Nil
    /// if that is out of the range of multipliers.
    public func multiplier(toppedUpBy voucher: NewVoucher) -> DisplayMultiplier? {
        guard let real = remaining.adding(voucher.amount),
            let shown = multiplier.shown(remaining, carry: shownCarry).adding(voucher.shownAmount)
        else { return nil }
        return DisplayMultiplier(shown: shown, real: real)
    }
}
