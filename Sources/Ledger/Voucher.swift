import Accounts
import Money
import Timekeeping

/// A code that tops a key up, to be made.
public struct NewVoucher: Hashable, Sendable {
    /// What the voucher is to be called outside.
    public var publicID: UUIDv7
    /// What recognises its code.
    public var digest: KeyDigest
    /// The code, sealed, so that the reseller can be shown it again.
    public var sealedCode: [UInt8]
    /// The reseller's name for it.
    public var label: String
    /// What moves from the account to the key of whoever redeems it.
    public var amount: NanoUSD
    /// What that client sees of it; at least ``amount``.
    public var shownAmount: NanoUSD
    /// How many keys may redeem it, each once.
    public var uses: Int
    /// From when on it is refused, if ever.
    public var expiresAt: Timestamp?

    /// Creates a voucher to be made.
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

/// A code that tops a key up, as the ledger keeps it.
public struct VoucherRecord: Hashable, Sendable {
    /// The row's number.
    public var id: VoucherID
    /// The account that made it, and pays.
    public var accountID: AccountID
    /// What it was made as.
    public var voucher: NewVoucher
    /// How many keys have redeemed it.
    public var used: Int
    /// When it was made.
    public var createdAt: Timestamp
    /// When it was taken back, if it was.
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

    /// Returns why nobody can redeem it at a moment, or nil if somebody can.
    public func refusal(at now: Timestamp) -> VoucherRefusal? {
        if revokedAt != nil { return .unknown }
        if let end = voucher.expiresAt, now >= end { return .expired }
        return used < voucher.uses ? nil : .usedUp
    }
}

/// Why a code does nothing.
public enum VoucherRefusal: Hashable, Sendable {
    /// There is no such code, or not any more, or it is another account's.
    case unknown
    /// Its time is over.
    case expired
    /// As many keys as may have redeemed it.
    case usedUp
    /// This key has redeemed it.
    case redeemedBefore
}

extension KeyRecord {
    /// Returns what the key's client is to see for each dollar once a voucher has topped it up: as much more as the voucher
    /// says, and what was left goes on being shown as it was. Nil if that lies outside of what a multiplier may be.
    public func multiplier(toppedUpBy voucher: NewVoucher) -> DisplayMultiplier? {
        guard let real = remaining.adding(voucher.amount),
            let shown = multiplier.shown(remaining, carry: shownCarry).adding(voucher.shownAmount)
        else { return nil }
        return DisplayMultiplier(shown: shown, real: real)
    }
}
