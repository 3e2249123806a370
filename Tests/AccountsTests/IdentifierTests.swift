import Accounts
import Testing
import Timekeeping

@Suite struct IdentifierTests {
    @Test func `an entropy pool does not repeat numbers after a refill`() {
        var pool = EntropyPool()
        let numbers = (0..<1000).map { _ in pool.next() }
        #expect(Set(numbers).count == 1000)
        var copy = pool
        #expect(
            UUIDv7(time: Timestamp(milliseconds: 1), using: &copy)
                != UUIDv7(time: Timestamp(milliseconds: 2), using: &pool))
    }

    @Test func `identifiers are UUIDs of version 7 and sort by time`() throws {
        let early = UUIDv7(time: Timestamp(milliseconds: 1_790_000_000_000))
        let late = UUIDv7(time: Timestamp(milliseconds: 1_790_000_000_001))
        #expect(early < late)
        let text = early.description
        #expect(text.count == 36 && text.dropFirst(14).first == "7" && "89ab".contains(text.dropFirst(19).prefix(1)))
        #expect(UUIDv7(text) == early)
        #expect(UUIDv7(text.uppercased()) == early)
        #expect(early.requestText == "req_" + text.filter { $0 != "-" })
    }

    @Test(arguments: ["", "x", "0193a1b2c3d47e5f8a6b1c2d3e4f5a6b", "0193a1b2-c3d4-7e5f-8a6b-1c2d3e4f5a6g"])
    func `malformed UUIDs are refused`(text: String) {
        #expect(UUIDv7(text) == nil)
    }

    @Test func `digests are equal when all of their bytes are`() throws {
        let bytes = (0..<32).map { UInt8($0) }
        let digest = try #require(KeyDigest(bytes: bytes))
        #expect(digest.bytes == bytes && KeyDigest(bytes: bytes.dropLast()) == nil)
        for index in bytes.indices {
            var other = bytes
            other[index] ^= 0x80
            #expect(KeyDigest(bytes: other) != digest)
        }
    }

    @Test func `a secret is never printed`() {
        let secret = Secret("sk-tg-very-secret")
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", secret.debugDescription, "\([secret])", String(reflecting: secret), dumped] {
            #expect(!text.contains("very-secret"))
        }
    }
}
