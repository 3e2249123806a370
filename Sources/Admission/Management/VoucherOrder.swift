import Accounts
import Ledger
import Money
import Timekeeping
import Vault

/// The properties of vouchers to be created.
public struct VoucherOrder: Sendable {
    /// The reseller's name for them.
    public var label = ""
    /// The amount that a redemption moves from the account to the key.
    public var amount: NanoUSD
    /// The amount that the redeeming client sees; at least ``amount``.
    public var shownAmount: NanoUSD
    /// How many keys may redeem each voucher, once each.
    public var uses = 1
    /// When they expire; nil is never.
    public var expiresAt: Timestamp?

    /// Creates an order of vouchers for one use each that do not expire.
    public init(amount: NanoUSD, shownAmount: NanoUSD) {
        self.amount = amount
        self.shownAmount = shownAmount
    }
}

/// A voucher with its code.
public struct IssuedVoucher: Sendable {
    /// The voucher's record in the ledger.
    public let record: VoucherRecord
    /// The code that redeems it.
    public let code: Secret
}
