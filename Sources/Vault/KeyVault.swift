import Accounts

/// Keeps what must stay secret: recognises keys by digest, seals those that have to be shown again, and makes
/// new ones. All of it hangs on one seal key of 32 bytes.
///
/// The seal key itself is used for nothing but deriving one key for digests and one for sealing.
public struct KeyVault: Sendable {
    private let digestKey: HMACKey
    private let sealing: SealingKey

    /// Creates a vault from the operator's seal key, or nil if it is not 32 bytes long.
    public init?(sealKey: [UInt8]) {
        guard sealKey.count == 32, let master = HMACKey(sealKey),
            let digestKey = HMACKey(master.authenticate("tollgate key digest v1".utf8)),
            let sealing = SealingKey(master.authenticate("tollgate sealing v1".utf8))
        else { return nil }
        self.digestKey = digestKey
        self.sealing = sealing
    }

    /// Returns what recognises a secret: its HMAC-SHA-256.
    public func digest(of secret: some Sequence<UInt8>) -> KeyDigest? {
        KeyDigest(bytes: digestKey.authenticate(secret))
    }

    /// Seals a secret for the key that is called `id` outside: it opens for no other.
    public func seal(_ secret: Secret, for id: UUIDv7) throws(VaultError) -> [UInt8] {
        try sealing.seal(Array(secret.revealed.utf8), context: Array(id.description.utf8))
    }

    /// Seals what a call was answered: it opens for no other call.
    public func seal(answer: [UInt8], for call: String) throws(VaultError) -> [UInt8] {
        try sealing.seal(answer, context: Array("answer \(call)".utf8))
    }

    /// Opens what ``seal(answer:for:)`` sealed.
    public func unseal(answer sealed: [UInt8], for call: String) throws(VaultError) -> [UInt8] {
        try sealing.open(sealed, context: Array("answer \(call)".utf8))
    }

    /// Opens what ``seal(_:for:)`` sealed.
    public func unseal(_ sealed: [UInt8], for id: UUIDv7) throws(VaultError) -> Secret {
        let bytes = try sealing.open(sealed, context: Array(id.description.utf8))
        return Secret(String(decoding: bytes, as: UTF8.self))
    }
}

/// What can go wrong in a vault.
public enum VaultError: Error, Hashable, Sendable {
    /// The sealed bytes were changed, or were sealed with another seal key or for another name.
    case doesNotOpen
    /// The system's cryptographic library refused.
    case libraryFailure
}
