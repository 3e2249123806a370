import Accounts
import Vault

/// The digest of the operator's key.
public struct AdminCredential: Sendable {
    private let digest: KeyDigest
    private let vault: KeyVault

    /// Creates the credential from the digest of the key, made with `vault`.
    public init(digest: KeyDigest, vault: KeyVault) {
        self.digest = digest
        self.vault = vault
    }

    /// Whether the presented key is the operator's. All bytes of the digests are compared, in constant time.
    public func matches(_ presented: String) -> Bool {
        vault.digest(of: presented.utf8) == digest
    }
}
