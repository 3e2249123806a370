import Ledger
import Money
import Vault

/// The reason why a management call changed nothing.
public enum ManagementError: Error, Hashable, Sendable {
    /// The account's available balance does not cover the amount.
    case insufficientAvailableBalance
    /// The budget cannot be lowered below the spent and held amount.
    case belowSpentOrHeld
    /// The key draws on its account and has no budget.
    case keyHasNoBudget
    /// A period of a spend limit was given without a spend limit.
    case periodWithoutLimit
    /// The account has the maximum number of web tokens.
    case tooManyWebTokens
    /// The account, key, deposit or voucher does not exist, or was deleted.
    case notFound
    /// The account has a deposit with the same reference and another amount.
    case conflictingReference(recorded: NanoUSD, requested: NanoUSD)
    /// The deposit was completed, or was refused: it stays so.
    case depositClosed
    /// A voucher cannot be redeemed.
    case voucher(VoucherRefusal)
    /// The same `Idempotency-Key` was used before, with another request.
    case conflictingCall
    /// The result would exceed the range of amounts.
    case amountOutOfRange
    /// The ledger cannot be written. A retry may succeed.
    case unavailable(String)
    /// A secret could not be sealed or opened.
    case vault(VaultError)

    init(_ failure: LedgerFailure) {
        self =
            switch failure {
            case .notFound: .notFound
            case .refused: .amountOutOfRange
            case .conflictingReference(let recorded, let requested):
                .conflictingReference(recorded: recorded, requested: requested)
            case .depositClosed: .depositClosed
            case .voucher(let refusal): .voucher(refusal)
            case .unavailable(let reason): .unavailable(reason)
            }
    }
}
