import Accounts
import Admission
import Ledger
import Timekeeping

/// The rotation of a client key's secret, shared by the dialects.
struct KeyRotation: Sendable {
    /// The key with its new secret.
    let issued: IssuedKey
    /// End of the old secret; nil if it is invalid at once.
    let oldValidUntil: Timestamp?

    /// Maximum lifetime of the old secret, in seconds: 30 days.
    private static let longestGrace = 30 * 86_400

    /// Replaces the secret of the key that a request names.
    static func perform(
        _ request: ControlRequest, _ spelled: Spelling, _ admission: AdmissionServices, _ ledger: any KeyReader
    ) async throws -> KeyRotation {
        let key = try await OwnedKeys(ledger: ledger).key(of: request)
        var grace = 0
        if !request.body.isEmpty {
            var fields = try JSONFields(request.body)
            grace = try fields.integer(spelled("graceSeconds"), in: 0...longestGrace) ?? 0
            try fields.finish()
        }
        let end = grace > 0 ? admission.time.now().advanced(by: .seconds(grace)) : nil
        let issued = try await admission.accounts.replaceSecret(of: key, oldValidUntil: end, by: request.actor)
        return KeyRotation(issued: issued, oldValidUntil: end)
    }
}
