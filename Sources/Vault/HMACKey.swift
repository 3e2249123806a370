import COpenSSL

/// An HMAC-SHA-256 key with a prepared OpenSSL context.
///
/// `@unchecked Sendable`: the prepared context is never changed after `init`; every call works on a copy.
final class HMACKey: @unchecked Sendable {
    private let prepared: OpaquePointer

    /// Creates a key; nil if OpenSSL does not provide HMAC-SHA-256.
    init?(_ key: [UInt8]) {
        guard let algorithm = EVP_MAC_fetch(nil, "HMAC", nil) else { return nil }
        defer { EVP_MAC_free(algorithm) }
        guard let context = EVP_MAC_CTX_new(algorithm) else { return nil }
        var digestName = Array("SHA256".utf8CString)
        let isReady = digestName.withUnsafeMutableBufferPointer { name in
            let parameters = [
                OSSL_PARAM_construct_utf8_string("digest", name.baseAddress, 0), OSSL_PARAM_construct_end(),
            ]
            return EVP_MAC_init(context, key, key.count, parameters) == 1
        }
        guard isReady else {
            EVP_MAC_CTX_free(context)
            return nil
        }
        prepared = context
    }

    deinit {
        EVP_MAC_CTX_free(prepared)
    }

    /// Returns the 32-byte HMAC of a message; empty if OpenSSL fails to allocate memory.
    func authenticate(_ message: some Sequence<UInt8>) -> [UInt8] {
        guard let context = EVP_MAC_CTX_dup(prepared) else { return [] }
        defer { EVP_MAC_CTX_free(context) }
        let updated =
            message.withContiguousStorageIfAvailable { EVP_MAC_update(context, $0.baseAddress, $0.count) }
            ?? {
                let bytes = Array(message)
                return EVP_MAC_update(context, bytes, bytes.count)
            }()
        guard updated == 1 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            var written = 0
            count = EVP_MAC_final(context, buffer.baseAddress, &written, 32) == 1 ? written : 0
        }
    }
}
