import HTTPTypes

/// The machine-readable code of an error of the control plane.
///
/// Codes are part of the API: one that was released keeps its meaning and its status. A test compares them with the table
/// of `ErrorCode` in `Public/openapi.yaml`.
enum ErrorCode: String, CaseIterable, Sendable {
    case invalidBody = "invalid_body"
    case invalidField = "invalid_field"
    case missingField = "missing_field"
    case unknownField = "unknown_field"
    case conflictingFields = "conflicting_fields"
    case nothingToChange = "nothing_to_change"
    case invalidRateCard = "invalid_rate_card"
    case amountOutOfRange = "amount_out_of_range"

    case invalidKey = "invalid_key"

    case wrongKeyKind = "wrong_key_kind"
    case readOnlyKey = "read_only_key"
    case addressNotAllowed = "address_not_allowed"
    case keyDisabled = "key_disabled"
    case keyExpired = "key_expired"

    case notFound = "not_found"
    case accountNotFound = "account_not_found"
    case keyNotFound = "key_not_found"
    case managementKeyNotFound = "management_key_not_found"
    case depositNotFound = "deposit_not_found"
    case voucherNotFound = "voucher_not_found"
    case codeNotFound = "code_not_found"
    case methodNotAllowed = "method_not_allowed"

    case insufficientBalance = "insufficient_balance"
    case budgetInUse = "budget_in_use"
    case keyWithoutBudget = "key_without_budget"
    case tooManyWebTokens = "too_many_web_tokens"
    case referenceUsed = "reference_used"
    case depositClosed = "deposit_closed"
    case codeExpired = "code_expired"
    case codeUsed = "code_used"
    case codeRedeemedBefore = "code_redeemed_before"
    case codeNotRedeemable = "code_not_redeemable"
    case idempotencyKeyUsed = "idempotency_key_used"
    case idempotencyKeyBusy = "idempotency_key_busy"

    case bodyTooLarge = "body_too_large"
    case rateLimited = "rate_limited"
    case internalError = "internal_error"
    case ledgerUnavailable = "ledger_unavailable"

    /// The HTTP status of every answer with this code.
    var status: HTTPResponse.Status {
        switch self {
        case .invalidBody, .invalidField, .missingField, .unknownField, .conflictingFields, .nothingToChange,
            .invalidRateCard, .amountOutOfRange:
            .badRequest
        case .invalidKey: .unauthorized
        case .wrongKeyKind, .readOnlyKey, .addressNotAllowed, .keyDisabled, .keyExpired: .forbidden
        case .notFound, .accountNotFound, .keyNotFound, .managementKeyNotFound, .depositNotFound, .voucherNotFound,
            .codeNotFound:
            .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .insufficientBalance, .budgetInUse, .keyWithoutBudget, .tooManyWebTokens, .referenceUsed, .depositClosed,
            .codeExpired, .codeUsed, .codeRedeemedBefore, .codeNotRedeemable, .idempotencyKeyUsed,
            .idempotencyKeyBusy:
            .conflict
        case .bodyTooLarge: .contentTooLarge
        case .rateLimited: .tooManyRequests
        case .internalError: .internalServerError
        case .ledgerUnavailable: .serviceUnavailable
        }
    }
}
