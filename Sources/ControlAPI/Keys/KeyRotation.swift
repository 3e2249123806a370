import Accounts
import Admission
import Ledger
import Timekeeping

/// A new secret for a client key, as every dialect asks for it.
struct KeyRotation: Sendable {
    /// The key with its new secret.
    let issued: IssuedKey
    /// When the old secret ends; nil where it has ended already.
    let oldValidUntil: Timestamp?

    /// Longest time that the old secret goes on, in seconds: 30 days.
    private static let longestGrace = 30 * 86_400

    /// Gives the key that a request names a new secret.
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
