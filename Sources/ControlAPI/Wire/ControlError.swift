import Admission
import HTTPTypes
import Ledger

/// What an error looks like: each dialect has its own.
enum ErrorDialect: Sendable {
    /// `{"error": "Invalid API key"}`
    case text
    /// `{"error": {"message": "Invalid API key", "type": "authentication_error"}}`; what nobody foresaw is told in
    /// these words.
    case object(failure: String = "Internal error")
}

/// An error of the control plane: its status, and a text that is safe for whoever asked.
struct ControlError: Error {
    var status: HTTPResponse.Status
    var message: String
    /// Seconds until trying again helps.
    var retryAfter: Int64?

    static func badRequest(_ message: String) -> ControlError { ControlError(status: .badRequest, message: message) }
    static let unauthorized = ControlError(status: .unauthorized, message: "Invalid API key")
    static let internalError = ControlError(status: .internalServerError, message: "Internal error")
    static func forbidden(_ message: String) -> ControlError { ControlError(status: .forbidden, message: message) }
    static func notFound(_ what: String) -> ControlError {
        ControlError(status: .notFound, message: "\(what) not found")
    }
    static func conflict(_ message: String) -> ControlError { ControlError(status: .conflict, message: message) }

    /// A field of a body or query that cannot be used.
    static func invalid(_ field: String, _ accepted: String) -> ControlError {
        .badRequest("Invalid '\(field)': expected \(accepted)")
    }

    static func missing(_ field: String) -> ControlError { .badRequest("Missing required field '\(field)'") }

    static let nothingToChange = ControlError.badRequest("Nothing to change: the body has no fields")

    init(status: HTTPResponse.Status, message: String, retryAfter: Int64? = nil) {
        self.status = status
        self.message = message
        self.retryAfter = retryAfter
    }

    init(_ error: ManagementError) {
        self =
            switch error {
            case .insufficientAvailableBalance: .conflict("Insufficient available balance")
            case .belowSpentOrHeld: .conflict("Budget cannot be reduced below what is spent or held")
            case .keyHasNoBudget: .conflict("The key draws on the account's balance: it has no budget to change")
            case .periodWithoutLimit: .badRequest("A period needs a spend limit")
            case .tooManyWebTokens: .conflict("The account has as many web tokens as it may have at once")
            case .notFound: .notFound("Key")
            case .conflictingReference: .conflict("This reference was used for a deposit with another amount")
            case .depositClosed: .conflict("The deposit was completed or refused before, and stays so")
            case .voucher(let refusal): ControlError(refusal)
            case .conflictingCall: .conflict("This Idempotency-Key was used with another request")
            case .amountOutOfRange: .badRequest("Amount out of range")
            case .unavailable:
                ControlError(status: .serviceUnavailable, message: "Ledger unavailable, nothing was changed")
            case .vault: .internalError
            }
    }

    private init(_ refusal: VoucherRefusal) {
        self =
            switch refusal {
            case .unknown: .notFound("Code")
            case .expired: .conflict("This code has expired")
            case .usedUp: .conflict("This code has been used")
            case .redeemedBefore: .conflict("This key has redeemed this code before")
            }
    }

    /// The error as a dialect has it.
    func body(_ dialect: ErrorDialect) -> JSON {
        switch dialect {
        case .text: .object([("error", .string(message))])
        case .object(let failure):
            .object([
                (
                    "error",
                    .object([
                        ("message", .string(status == .internalServerError ? failure : message)),
                        ("type", .string(type)),
                    ])
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
