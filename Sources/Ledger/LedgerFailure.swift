import Money

/// Why a command was not applied.
public enum LedgerFailure: Error, Hashable, Sendable {
    /// A row that the command names does not exist, or is deleted.
    case notFound(String)
    /// A constraint or a uniqueness rule of the ledger does not allow it.
    case refused(String)
    /// The account has a deposit with the same reference and another amount.
    case conflictingReference(recorded: NanoUSD, requested: NanoUSD)
    /// The deposit was completed or refused, and stays so.
    case depositClosed
    /// A voucher cannot be redeemed.
    case voucher(VoucherRefusal)
    /// The database could not be written: full, failing, or closed. Trying again later may help.
    case unavailable(String)
}
