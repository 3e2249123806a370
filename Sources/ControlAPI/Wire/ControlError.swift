import Admission
import HTTPTypes

/// An error of the control plane: its status, and a text that is safe for whoever asked.
struct ControlError: Error {
    var status: HTTPResponse.Status
    var message: String

    static func badRequest(_ message: String) -> ControlError { ControlError(status: .badRequest, message: message) }
    static let unauthorized = ControlError(status: .unauthorized, message: "Invalid API key")
    static func forbidden(_ message: String) -> ControlError { ControlError(status: .forbidden, message: message) }
    static func notFound(_ what: String) -> ControlError {
        ControlError(status: .notFound, message: "\(what) not found")
    }
    static func conflict(_ message: String) -> ControlError { ControlError(status: .conflict, message: message) }

    /// A field of a body or query that cannot be used.
    static func invalid(_ field: String, _ accepted: String) -> ControlError {
        .badRequest("Invalid '\(field)': expected \(accepted)")
    }

    init(status: HTTPResponse.Status, message: String) {
        self.status = status
        self.message = message
    }

    init(_ error: ManagementError) {
        self =
            switch error {
            case .insufficientAvailableBalance: .conflict("Insufficient available balance")
            case .belowSpentOrHeld: .conflict("Budget cannot be reduced below what is spent or held")
            case .notFound: .notFound("Key")
            case .conflictingReference: .conflict("This reference was used for a deposit with another amount")
            case .conflictingCall: .conflict("This Idempotency-Key was used with another request")
            case .amountOutOfRange: .badRequest("Amount out of range")
            case .unavailable:
                ControlError(status: .serviceUnavailable, message: "Ledger unavailable, nothing was changed")
            case .vault: ControlError(status: .internalServerError, message: "Internal error")
            }
    }
}
