import Admission
import HTTPTypes
import Ledger
import Money

/// The shape of an error, which each API dialect defines for itself.
enum ErrorDialect: Sendable {
    /// `{"error": "Invalid API key", "code": "invalid_key"}`
    case text
    /// `{"error": {"message": "Invalid API key", "type": "authentication_error", "code": "invalid_key"}}`
    ///
    /// - Parameter failure: The message of an internal error.
    case object(failure: String = "Internal error")
}

/// An error of the control plane, with a message that is safe for the caller.
struct ControlError: Error {
    /// The machine-readable code, which determines the status.
    var code: ErrorCode
    /// The message, in English, for people.
    var message: String
    /// The one field that is wrong: its path in the JSON body (`subscription.amount`), or the name of the query parameter or
    /// header.
    var field: String?
    /// Seconds until a retry can succeed.
    var retryAfter: Int64?

    /// The HTTP status.
    var status: HTTPResponse.Status { code.status }

    init(_ code: ErrorCode, _ message: String, field: String? = nil, retryAfter: Int64? = nil) {
        self.code = code
        self.message = message
        self.field = field
        self.retryAfter = retryAfter
    }

    static let unauthorized = ControlError(.invalidKey, "Invalid API key")
    static let internalError = ControlError(.internalError, "Internal error")
    static let accountNotFound = ControlError(.accountNotFound, "Account not found")
    static let keyNotFound = ControlError(.keyNotFound, "Key not found")
    static let nothingToChange = ControlError(.nothingToChange, "Nothing to change: the body has no fields")

    /// A field, parameter or header whose value is not accepted.
    static func invalid(_ field: String, _ accepted: String) -> ControlError {
        ControlError(.invalidField, "Invalid '\(field)': expected \(accepted)", field: field)
    }

    static func missing(_ field: String) -> ControlError {
        ControlError(.missingField, "Missing required field '\(field)'", field: field)
    }

    /// Two fields or parameters that exclude each other.
    static func conflicting(_ message: String) -> ControlError { ControlError(.conflictingFields, message) }

    init(_ error: ManagementError) {
        self =
            switch error {
            case .insufficientAvailableBalance: ControlError(.insufficientBalance, "Insufficient available balance")
            case .belowSpentOrHeld:
                ControlError(.budgetInUse, "Budget cannot be reduced below what is spent or held")
            case .keyHasNoBudget:
                ControlError(.keyWithoutBudget, "The key draws on the account's balance and has no budget to change")
            case .periodWithoutLimit: ControlError(.missingField, "A spend limit period needs a spend limit")
            case .tooManyWebTokens:
                ControlError(.tooManyWebTokens, "The account has reached the maximum number of active web tokens")
            case .notFound: .keyNotFound
            case .conflictingReference(let recorded, let requested):
                ControlError(
                    .referenceUsed,
                    "This reference was used for a deposit with another amount: \(recorded.decimal) USD, not "
                        + "\(requested.decimal) USD",
                    field: "reference")
            case .depositClosed:
                ControlError(.depositClosed, "The deposit is completed or refused and cannot be changed")
            case .voucher(let refusal): ControlError(refusal)
            case .conflictingCall:
                ControlError(
                    .idempotencyKeyUsed, "This Idempotency-Key was used with another request",
                    field: "Idempotency-Key")
            case .amountOutOfRange: ControlError(.amountOutOfRange, "Amount out of range")
            case .unavailable: ControlError(.ledgerUnavailable, "Ledger unavailable, nothing was changed")
            case .vault: .internalError
            }
    }

    private init(_ refusal: VoucherRefusal) {
        self =
            switch refusal {
            case .unknown: ControlError(.codeNotFound, "Code not found", field: "code")
            case .expired: ControlError(.codeExpired, "This code has expired", field: "code")
            case .usedUp: ControlError(.codeUsed, "This code has been used", field: "code")
            case .redeemedBefore:
                ControlError(.codeRedeemedBefore, "This key has redeemed this code before", field: "code")
            }
    }

    /// Returns the body of the answer in a dialect.
    func body(_ dialect: ErrorDialect) -> JSON {
        let machineReadable =
            [("code", JSON.string(code.rawValue))] + (field.map { [("field", JSON.string($0))] } ?? [])
        return switch dialect {
        case .text: .object([("error", .string(message))] + machineReadable)
        case .object(let failure):
            .object([
                (
                    "error",
                    .object(
                        [
                            ("message", .string(code == .internalError ? failure : message)),
                            ("type", .string(type)),
                        ] + machineReadable)
                )
            ])
        }
    }

    private var type: String {
        switch status {
        case .unauthorized: "authentication_error"
        case .forbidden: "permission_error"
        case .notFound: "not_found_error"
        case .conflict: "conflict_error"
        case .tooManyRequests: "rate_limit_error"
        case .serviceUnavailable: "unavailable_error"
        case .internalServerError: "internal_error"
        default: "invalid_request_error"
        }
    }
}
