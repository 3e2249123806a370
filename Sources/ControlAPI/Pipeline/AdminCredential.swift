import Accounts
import Vault

/// The operator's key, as its digest: all that is needed to recognise it.
public struct AdminCredential: Sendable {
    private let digest: KeyDigest
    private let vault: KeyVault

    /// Creates the credential that recognises the key of a digest made with `vault`.
    public init(digest: KeyDigest, vault: KeyVault) {
        self.digest = digest
        self.vault = vault
    }

    /// Whether somebody presented the operator's key; compares digests, all of their bytes.
    public func matches(_ presented: String) -> Bool {
        vault.digest(of: presented.utf8) == digest
    }
}
