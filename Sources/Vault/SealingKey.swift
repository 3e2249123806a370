import COpenSSL

/// An AES-256-GCM key.
struct SealingKey: Sendable {
    private let key: [UInt8]
    private static let nonceLength = 12
    private static let tagLength = 16

    /// Creates a key from 32 bytes; nil for any other number of bytes.
    init?(_ key: [UInt8]) {
        guard key.count == 32 else { return nil }
        self.key = key
    }

    /// Returns the random nonce (12 bytes), the ciphertext and the authentication tag (16 bytes), in this order.
    ///
    /// - Parameter context: Additional authenticated data; opening needs the same bytes.
    func seal(_ plain: [UInt8], context: [UInt8]) throws(VaultError) -> [UInt8] {
        guard let cipher = EVP_CIPHER_CTX_new() else { throw .libraryFailure }
        defer { EVP_CIPHER_CTX_free(cipher) }
        var nonce = [UInt8](repeating: 0, count: Self.nonceLength)
        var output = [UInt8](repeating: 0, count: plain.count)
        var tag = [UInt8](repeating: 0, count: Self.tagLength)
        var length: Int32 = 0
        guard RAND_bytes(&nonce, Int32(nonce.count)) == 1,
            EVP_EncryptInit_ex(cipher, EVP_aes_256_gcm(), nil, key, nonce) == 1,
            EVP_EncryptUpdate(cipher, nil, &length, context, Int32(context.count)) == 1,
            EVP_EncryptUpdate(cipher, &output, &length, plain, Int32(plain.count)) == 1,
            EVP_EncryptFinal_ex(cipher, nil, &length) == 1,
            EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, Int32(Self.tagLength), &tag) == 1
        else { throw .libraryFailure }
        return nonce + output + tag
    }

    /// Returns the plaintext.
    ///
    /// - Throws: ``VaultError/doesNotOpen`` if `sealed` was not made with this key and context, or was modified.
    func open(_ sealed: [UInt8], context: [UInt8]) throws(VaultError) -> [UInt8] {
        guard sealed.count >= Self.nonceLength + Self.tagLength else { throw .doesNotOpen }
        let nonce = Array(sealed.prefix(Self.nonceLength))
        var tag = Array(sealed.suffix(Self.tagLength))
        let encrypted = Array(sealed.dropFirst(Self.nonceLength).dropLast(Self.tagLength))
        guard let cipher = EVP_CIPHER_CTX_new() else { throw .libraryFailure }
        defer { EVP_CIPHER_CTX_free(cipher) }
        var output = [UInt8](repeating: 0, count: encrypted.count)
        var length: Int32 = 0
        guard EVP_DecryptInit_ex(cipher, EVP_aes_256_gcm(), nil, key, nonce) == 1,
            EVP_DecryptUpdate(cipher, nil, &length, context, Int32(context.count)) == 1,
            EVP_DecryptUpdate(cipher, &output, &length, encrypted, Int32(encrypted.count)) == 1,
            EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, Int32(Self.tagLength), &tag) == 1
        else { throw .libraryFailure }
        guard EVP_DecryptFinal_ex(cipher, nil, &length) == 1 else { throw .doesNotOpen }
        return output
    }
}
