import Accounts
import Ledger
import Timekeeping
import Vault

/// A new management key with its secret.
public struct IssuedManagementKey: Sendable {
    /// The key's record in the ledger.
    public let record: ManagementKeyRecord
    /// Its secret. Only its digest is stored, so that it can be shown only now.
    public let secret: Secret
}

/// Management keys and temporary web tokens.
extension AccountManagement {
    /// The maximum number of temporary web tokens of an account.
    public static let mostWebTokens = 1000

    /// Creates a management key of an account.
    public func createManagementKey(
        of accountID: AccountID, label: String, scope: ManagementScope, expiresAt: Timestamp?,
        call: ManagementCall<IssuedManagementKey>? = nil, by actor: AuditActor
    ) async throws(ManagementError) -> IssuedManagementKey {
        let now = time.now()
        let secret = SecretMint.mint(prefix: SecretMint.managementPrefix)
        let key = NewManagementKey(
            publicID: UUIDv7(time: now), digest: try secrets.digest(of: secret),
            displayID: SecretMint.displayID(of: secret),
            label: label, scope: scope, expiresAt: expiresAt)
        let command = commands.once(CreateManagementKey(accountID: accountID, key: key, at: now), call) {
            IssuedManagementKey(record: $0, secret: secret)
        }
        let record = try await commands.apply(
            command, by: actor, publishing: { books, record in books.open(record) })
        return IssuedManagementKey(record: record, secret: secret)
    }

    /// Deletes a management key. It is refused as soon as this returns.
    public func deleteManagementKey(_ id: ManagementKeyID, by actor: AuditActor) async throws(ManagementError) {
        _ = try await commands.apply(
            DeleteManagementKey(id, at: time.now()), by: actor,
            publishing: { books, record in books.close(record) })
    }

    /// Creates a token that may make model requests on an account's balance until it expires.
    ///
    /// - Parameter webKey: The account's key that all of its tokens spend with; nil if it has none yet.
    public func mintWebToken(
        of accountID: AccountID, webKey: KeyRecord?, lasting duration: Duration, by actor: AuditActor
    ) async throws(ManagementError) -> (token: Secret, validUntil: Timestamp) {
        let owner: KeyRecord
        if let webKey { owner = webKey } else { owner = try await openWebKey(of: accountID) }
        let now = time.now()
        let token = SecretMint.mint(prefix: SecretMint.webTokenPrefix)
        let secret = TemporarySecret(
            digest: try secrets.digest(of: token), keyID: owner.id, validUntil: now.advanced(by: duration))
        _ = try await commands.apply(
            AddSecret(secret, at: now), by: actor,
            taking: { books throws(ManagementError) in
                guard let key = books.keys[owner.id] else { throw .notFound }
                books.expireSecrets(of: key, now: now)
                guard key.temporarySecrets.count < Self.mostWebTokens else { throw .tooManyWebTokens }
            },
            publishing: { books, _ in books.open(secret) })
        return (token, secret.validUntil)
    }

    /// Creates the key that all tokens of an account spend with, unless a concurrent call has created it. Its own secret
    /// is never shown.
    private func openWebKey(of accountID: AccountID) async throws(ManagementError) -> KeyRecord {
        let now = time.now()
        let id = UUIDv7(time: now)
        let key = NewKey(
            publicID: id, kind: .webTokens,
            secret: try secrets.keep(SecretMint.mint(prefix: SecretMint.webTokenPrefix), for: id),
            label: "Temporary web tokens",
            limits: policy.account)
        let receipt = try await commands.apply(
            CreateKey(accountID: accountID, key: key, at: now), by: nil,
            publishing: { books, receipt in
                if books.keys[receipt.key.id] == nil { books.open(receipt.key, today: now.day) }
            })
        return receipt.key
    }
}
