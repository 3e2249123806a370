import Accounts
import Ledger
import Vault

/// Makes the stored forms of secrets, and opens them for their owners.
struct SecretKeeper: Sendable {
    let vault: KeyVault

    /// Returns the digest, the sealed form and the displayed beginning of a secret.
    ///
    /// - Parameter id: The public identifier that the sealed form opens for.
    func keep(_ secret: Secret, for id: UUIDv7) throws(ManagementError) -> KeySecret {
        let digest = try digest(of: secret)
        do {
            return KeySecret(
                digest: digest, sealed: try vault.seal(secret, for: id), displayID: SecretMint.displayID(of: secret))
        } catch {
            throw .vault(error)
        }
    }

    func digest(of secret: Secret) throws(ManagementError) -> KeyDigest {
        guard let digest = vault.digest(of: secret.revealed.utf8) else { throw .vault(.libraryFailure) }
        return digest
    }

    func unseal(_ sealed: [UInt8], for id: UUIDv7) throws(ManagementError) -> Secret {
        do {
            return try vault.unseal(sealed, for: id)
        } catch {
            throw .vault(error)
        }
    }
}
