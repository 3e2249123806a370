import Accounts

/// Computes digests of secrets, and seals secrets for storage.
///
/// Both use keys that are derived from the seal key, 32 bytes, by HMAC-SHA-256 with different labels.
public struct KeyVault: Sendable {
    private let digestKey: HMACKey
    private let objectKey: HMACKey
    private let endUserKey: HMACKey
    private let sealing: SealingKey

    /// Creates a vault; nil if the seal key is not 32 bytes long or OpenSSL does not provide HMAC-SHA-256.
    public init?(sealKey: [UInt8]) {
        guard sealKey.count == 32, let master = HMACKey(sealKey),
            let digestKey = HMACKey(master.authenticate("tollgate key digest v1".utf8)),
            let objectKey = HMACKey(master.authenticate("tollgate upstream objects v1".utf8)),
            let endUserKey = HMACKey(master.authenticate("tollgate end users v1".utf8)),
            let sealing = SealingKey(master.authenticate("tollgate sealing v1".utf8))
        else { return nil }
        self.digestKey = digestKey
        self.objectKey = objectKey
        self.endUserKey = endUserKey
        self.sealing = sealing
    }

    /// Returns the digest of a secret; nil if OpenSSL fails to allocate memory.
    public func digest(of secret: some Sequence<UInt8>) -> KeyDigest? {
        KeyDigest(bytes: digestKey.authenticate(secret))
    }

    /// Returns the digest of the identifier of an upstream's object; nil if OpenSSL fails to allocate memory.
    public func digest(ofObject identifier: String) -> Int64? {
        let bytes = objectKey.authenticate(identifier.utf8)
        guard bytes.count == 32 else { return nil }
        return bytes.prefix(8).reduce(0) { $0 << 8 | Int64($1) }
    }

    /// Returns the name by which upstreams know the user of a key: 32 hexadecimal digits, a digest of the key's public
    /// identifier. Nil if OpenSSL fails to allocate memory.
    public func endUser(of key: UUIDv7) -> String? {
        let bytes = endUserKey.authenticate(Array(key.description.utf8))
        guard bytes.count == 32 else { return nil }
        let digits = Array("0123456789abcdef")
        return String(bytes.prefix(16).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    /// Seals a secret for the key or voucher with the public identifier `id`, to which the ciphertext is bound.
    public func seal(_ secret: Secret, for id: UUIDv7) throws(VaultError) -> [UInt8] {
        try sealing.seal(Array(secret.revealed.utf8), context: Array(id.description.utf8))
    }

    /// Seals the response to an idempotent call, identified by `call`, to which the ciphertext is bound.
    public func seal(answer: [UInt8], for call: String) throws(VaultError) -> [UInt8] {
        try sealing.seal(answer, context: Array("answer \(call)".utf8))
    }

    /// Opens a response that ``seal(answer:for:)`` sealed.
    public func unseal(answer sealed: [UInt8], for call: String) throws(VaultError) -> [UInt8] {
        try sealing.open(sealed, context: Array("answer \(call)".utf8))
    }

    /// Opens a secret that ``seal(_:for:)`` sealed.
    public func unseal(_ sealed: [UInt8], for id: UUIDv7) throws(VaultError) -> Secret {
        let bytes = try sealing.open(sealed, context: Array(id.description.utf8))
        return Secret(String(decoding: bytes, as: UTF8.self))
    }
}

/// A failure to seal or open.
public enum VaultError: Error, Hashable, Sendable {
    /// The sealed bytes were modified, or were sealed with another seal key or for another identifier.
    case doesNotOpen
    /// OpenSSL returned an error.
    case libraryFailure
}
