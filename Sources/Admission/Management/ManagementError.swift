import Ledger
import Money
import Vault

/// Why a management call changes nothing.
public enum ManagementError: Error, Hashable, Sendable {
    /// What is available on the account does not cover the budget.
    case insufficientAvailableBalance
    /// A key's budget cannot be lowered below what is spent or held.
    case belowSpentOrHeld
    /// The key draws on its account: there is no budget to change.
    case keyHasNoBudget
    /// A spend limit's period was given, but there is no limit.
    case periodWithoutLimit
    /// The account has as many web tokens as it may.
    case tooManyWebTokens
    /// The thing does not exist, or no longer.
    case notFound
    /// The account has a deposit with the same reference and another amount.
    case conflictingReference(recorded: NanoUSD, requested: NanoUSD)
    /// The deposit was completed, or was refused: it stays so.
    case depositClosed
    /// A voucher cannot be redeemed.
    case voucher(VoucherRefusal)
    /// The same `Idempotency-Key` was used before, with another request.
    case conflictingCall
    /// The sum would leave the range of amounts.
    case amountOutOfRange
    /// The ledger cannot be written; nothing was changed, trying again may help.
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
