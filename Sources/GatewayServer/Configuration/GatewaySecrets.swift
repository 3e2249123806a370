import Accounts
import ControlAPI
import Foundation
import Vault

/// The secrets that a gateway works with, made at its first start where the operator gave none.
struct GatewaySecrets {
    let vault: KeyVault
    let admin: AdminCredential
    /// The operator's key, if it was just made: to be shown once.
    let generatedAdminKey: Secret?

    init(_ configuration: GatewayConfiguration) throws(ConfigurationError) {
        let database = configuration.databasePath
        let directory = URL(fileURLWithPath: database).deletingLastPathComponent().path
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw ConfigurationError("\(Setting.database.variable): \(directory) cannot be created")
        }
        let sealKey: [UInt8] =
            if let given = configuration.sealKey { given } else {
                try SealKeyFile.load(besideDatabase: database)
            }
        guard let vault = KeyVault(sealKey: sealKey) else {
            throw ConfigurationError("the system's cryptographic library cannot be used")
        }
        self.vault = vault
        if let given = configuration.adminKey {
            admin = try Self.credential(given, vault)
            generatedAdminKey = nil
            return
        }
        let file = SecretFile(path: database + ".admin-key")
        if let text = try file.read() {
            guard let digest = SealKeyFile.bytes(text).flatMap({ KeyDigest(bytes: $0) }) else {
                throw ConfigurationError("\(file.path): expected the digest of an admin key, 64 hex digits")
            }
            admin = AdminCredential(digest: digest, vault: vault)
            generatedAdminKey = nil
        } else {
            let key = SecretMint.mint(prefix: SecretMint.adminPrefix)
            admin = try Self.credential(key, vault)
            guard let digest = vault.digest(of: key.revealed.utf8) else {
                throw ConfigurationError("the system's cryptographic library cannot be used")
            }
            try file.create(SealKeyFile.hex(digest.bytes))
            generatedAdminKey = key
        }
    }

    private static func credential(_ key: Secret, _ vault: KeyVault) throws(ConfigurationError) -> AdminCredential {
        guard let digest = vault.digest(of: key.revealed.utf8) else {
            throw ConfigurationError("the system's cryptographic library cannot be used")
        }
        return AdminCredential(digest: digest, vault: vault)
    }
}
