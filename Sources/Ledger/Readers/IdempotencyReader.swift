import Accounts

/// Reads the stored answers of calls with an `Idempotency-Key`.
public protocol IdempotencyReader: Sendable {
    /// Returns the answer of an earlier call, or nil.
    func answer(caller: AccountID?, name: String) async throws -> KeptAnswer?
}
