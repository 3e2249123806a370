import Accounts
import Testing
import Vault

@Suite struct KeyVaultTests {
    private let id = UUIDv7(high: 0x0193_A1B2_C3D4_7E5F, low: 0x8A6B_1C2D_3E4F_5A6B)

    private func vault(_ byte: UInt8) throws -> KeyVault {
        try #require(KeyVault(sealKey: [UInt8](repeating: byte, count: 32)))
    }

    @Test func `a seal key has exactly 32 bytes`() {
        #expect(KeyVault(sealKey: [UInt8](repeating: 1, count: 31)) == nil)
        #expect(KeyVault(sealKey: [UInt8](repeating: 1, count: 33)) == nil)
        #expect(KeyVault(sealKey: [UInt8](repeating: 1, count: 32)) != nil)
    }

    @Test func `a sealed secret can be opened`() throws {
        let vault = try vault(1)
        let sealed = try vault.seal(Secret("sk-tg-secret"), for: id)
        #expect(try vault.unseal(sealed, for: id).revealed == "sk-tg-secret")
    }

    @Test func `sealing the same secret twice gives different bytes`() throws {
        let vault = try vault(1)
        #expect(try vault.seal(Secret("a"), for: id) != vault.seal(Secret("a"), for: id))
    }

    @Test func `a sealed secret does not open for another identifier, with another seal key or after a change`() throws
    {
        let vault = try vault(1)
        let sealed = try vault.seal(Secret("sk-tg-secret"), for: id)
        let other = UUIDv7(high: id.high, low: id.low ^ 1)
        #expect(throws: VaultError.doesNotOpen) { try vault.unseal(sealed, for: other) }
        let stranger = try self.vault(2)
        #expect(throws: VaultError.doesNotOpen) { try stranger.unseal(sealed, for: id) }
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(throws: VaultError.doesNotOpen) { try vault.unseal(changed, for: id) }
        }
        #expect(throws: VaultError.doesNotOpen) { try vault.unseal([1, 2, 3], for: id) }
    }

    @Test func `digests depend on the secret and on the seal key`() throws {
        let vault = try vault(1)
        let digest = try #require(vault.digest(of: "sk-tg-secret".utf8))
        #expect(vault.digest(of: "sk-tg-secret".utf8) == digest)
        #expect(vault.digest(of: "sk-tg-secreT".utf8) != digest)
        #expect(vault.digest(of: "sk-tg-secret\0".utf8) != digest)
        #expect(try self.vault(2).digest(of: "sk-tg-secret".utf8) != digest)
    }

    @Test func `the digest is HMAC-SHA-256 of a derived key`() throws {
        // Expected value computed with another implementation: HMAC(HMAC(01 x 32, "tollgate key digest v1"), "abc").
        let digest = try #require(try vault(1).digest(of: "abc".utf8))
        let hex = digest.bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        #expect(hex == "d3c1047bf8fe80eb9a3d4371f4a083bb1a42ee598306f8e1504dda78e9d0e5b9")
    }
}

@Suite struct SecretMintTests {
    @Test func `secrets have the prefix of their kind and 43 random letters and digits`() {
        let secret = SecretMint.mint(prefix: SecretMint.clientPrefix).revealed
        #expect(secret.hasPrefix("sk-tg-"))
        #expect(secret.count == 6 + 43)
        #expect(secret.dropFirst(6).allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) })
        #expect(SecretMint.mint(prefix: SecretMint.clientPrefix).revealed != secret)
    }

    @Test func `a display ID shows only the first characters of a secret`() {
        let secret = Secret("sk-tg-0123456789abcdefghij")
        #expect(SecretMint.displayID(of: secret) == "sk-tg-012345...")
    }
}

@Suite struct VoucherCodeTests {
    @Test func `codes are four groups of four unambiguous symbols`() {
        let code = VoucherCode.mint().secret.revealed
        #expect(code.wholeMatch(of: /[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}/) != nil)
        #expect(VoucherCode.mint().secret.revealed != code)
        #expect(VoucherCode(typed: code)?.secret.revealed == code)
    }

    @Test func `a code is accepted in any case, with spaces, and with look-alike letters`() {
        for typed in ["7kq4 m2zd 9hxr c0tb", "7KQ4-M2ZD-9HXR-COTB", " 7kq4m2zd9hxrc0tb ", "7-K-Q-4-M2ZD9HXRC0TB"] {
            #expect(VoucherCode(typed: typed)?.secret.revealed == "7KQ4-M2ZD-9HXR-C0TB")
        }
        #expect(VoucherCode(typed: "il00-0000-0000-0000")?.secret.revealed == "1100-0000-0000-0000")
    }

    @Test(arguments: [
        "", "7KQ4-M2ZD-9HXR-C0T", "7KQ4-M2ZD-9HXR-C0TBB", "7KQ4-M2ZD-9HXR-C0TU", "7KQ4-M2ZD-9HXR-C0T\n",
        "七KQ4-M2ZD-9HXR-C0TB",
        String(repeating: "-", count: 65),
    ])
    func `malformed codes are refused`(typed: String) {
        #expect(VoucherCode(typed: typed) == nil)
    }
}
