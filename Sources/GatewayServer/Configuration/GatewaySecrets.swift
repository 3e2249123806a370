import Accounts
import ControlAPI
import Foundation
import Vault

/// The gateway's secrets: from the configuration, or generated at the first start and kept beside the database.
struct GatewaySecrets {
    let vault: KeyVault
    let admin: AdminCredential
    /// The admin key if this start generated it, to be printed once; nil otherwise.
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
            throw ConfigurationError("OpenSSL does not provide HMAC-SHA-256 and AES-256-GCM")
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
                throw ConfigurationError("OpenSSL does not provide HMAC-SHA-256 and AES-256-GCM")
            }
            try file.create(SealKeyFile.hex(digest.bytes))
            generatedAdminKey = key
        }
    }

    private static func credential(_ key: Secret, _ vault: KeyVault) throws(ConfigurationError) -> AdminCredential {
        guard let digest = vault.digest(of: key.revealed.utf8) else {
            throw ConfigurationError("OpenSSL does not provide HMAC-SHA-256 and AES-256-GCM")
        }
        return AdminCredential(digest: digest, vault: vault)
    }
}
