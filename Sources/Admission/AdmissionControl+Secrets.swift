import Accounts
import Ledger
import Synchronization
import Timekeeping
import Vault

/// A management key that was just made, with the secret that recognises it.
public struct IssuedManagementKey: Sendable {
    /// The key as the ledger has it.
    public let record: ManagementKeyRecord
    /// Its secret: nobody can be shown it again.
    public let secret: Secret
}

/// Keys that manage, and tokens that last for minutes.
extension AdmissionControl {
    /// The most temporary web tokens that an account has at once.
    public static let mostWebTokens = 1000

    /// Makes a management key of an account.
    public func createManagementKey(
        of accountID: AccountID, label: String, scope: ManagementScope, expiresAt: Timestamp?,
        call: ManagementCall<IssuedManagementKey>? = nil, by actor: AuditActor
    ) async throws(ManagementError) -> IssuedManagementKey {
        let now = time.now()
        let secret = SecretMint.mint(prefix: SecretMint.managementPrefix)
        let key = NewManagementKey(
            publicID: UUIDv7(time: now), digest: try digest(of: secret), displayID: SecretMint.displayID(of: secret),
            label: label, scope: scope, expiresAt: expiresAt)
        let command = once(.createManagementKey(accountID: accountID, key: key, at: now), call) {
            $0.managementKey.map { IssuedManagementKey(record: $0, secret: secret) }
        }
        let receipt = try await apply(command, by: actor) { books, receipt in
            if let record = receipt.managementKey { books.open(record) }
        }
        guard let record = receipt.managementKey else { throw .unavailable("unexpected receipt") }
        return IssuedManagementKey(record: record, secret: secret)
    }

    /// Deletes a management key: it is refused from the moment that this returns.
    public func deleteManagementKey(_ id: ManagementKeyID, by actor: AuditActor) async throws(ManagementError) {
        _ = try await apply(.deleteManagementKey(id, at: time.now()), by: actor) { books, receipt in
            if let record = receipt.managementKey { books.close(record) }
        }
    }

    /// Makes a token that may do inference on an account's balance for a while.
    ///
    /// - Parameter webKey: The key that gathers what the account's tokens spend; nil if it has had none so far.
    public func mintWebToken(
        of accountID: AccountID, webKey: KeyRecord?, lasting duration: Duration, by actor: AuditActor
    ) async throws(ManagementError) -> (token: Secret, validUntil: Timestamp) {
        let owner: KeyRecord
        if let webKey { owner = webKey } else { owner = try await openWebKey(of: accountID) }
        let now = time.now()
        let token = SecretMint.mint(prefix: SecretMint.webTokenPrefix)
        let secret = TemporarySecret(
            digest: try digest(of: token), keyID: owner.id, validUntil: now.advanced(by: duration))
        _ = try await apply(
            .addSecret(secret, at: now), by: actor,
            taking: { books throws(ManagementError) in
                guard let key = books.keys[owner.id] else { throw .notFound }
                books.expireSecrets(of: key, now: now)
                guard key.temporarySecrets.count < Self.mostWebTokens else { throw .tooManyWebTokens }
            },
            publishing: { books, _ in books.open(secret) })
        return (token, secret.validUntil)
    }

    /// Makes the key that gathers what an account's tokens spend, unless a call at the same time has made it. Nobody ever
    /// learns its own secret.
    private func openWebKey(of accountID: AccountID) async throws(ManagementError) -> KeyRecord {
        let now = time.now()
        let id = UUIDv7(time: now)
        let key = NewKey(
            publicID: id, kind: .webTokens,
            secret: try keep(SecretMint.mint(prefix: SecretMint.webTokenPrefix), for: id),
            label: "Temporary web tokens",
            limits: policy.account)
        let receipt = try await apply(.createKey(accountID: accountID, key: key, at: now), by: nil) {
            books, receipt in
            if let record = receipt.key, books.keys[record.id] == nil { books.open(record, today: now.day) }
        }
        guard let record = receipt.key else { throw .unavailable("unexpected receipt") }
        return record
    }

    private func digest(of secret: Secret) throws(ManagementError) -> KeyDigest {
        guard let digest = vault.digest(of: secret.revealed.utf8) else { throw .vault(.libraryFailure) }
        return digest
    }
}
