import Testing

@testable import Metering

@Suite struct UTF8ValidationTests {
    private func firstInvalid(_ bytes: [UInt8]) -> Int? { UTF8Validation.firstInvalidByte(bytes.span) }

    @Test(
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x41], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF],
            [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xE2, 0x82], [0xE2, 0x82, 0x41], [0xF0, 0x80, 0x80, 0x80],
            [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x9F, 0x98], [0xF0, 0x9F, 0x98, 0x41], [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80], [0xFE], [0xFF],
        ] as [[UInt8]])
    func `the first byte of a faulty sequence is named, wherever it stands`(sequence: [UInt8]) {
        for before in 0...17 {
            for after in [0, 1, 9] {
                let prefix = [UInt8](repeating: 0x61, count: before)
                let suffix = [UInt8](repeating: 0x62, count: after)
                #expect(firstInvalid(prefix + sequence + suffix) == before)
                // The same behind a letter of two bytes.
                #expect(firstInvalid(Array("ü".utf8) + prefix + sequence) == before + 2)
            }
        }
    }

    @Test func `every Unicode scalar is valid, at every offset of a word`() {
        var text = ""
        for value in stride(from: UInt32(0), through: 0x10FFFF, by: 61) {
            if let scalar = Unicode.Scalar(value) { text.unicodeScalars.append(scalar) }
        }
        for scalar in [
            "\u{7F}", "\u{80}", "\u{7FF}", "\u{800}", "\u{D7FF}", "\u{E000}", "\u{FFFF}", "\u{10000}", "\u{10FFFF}",
        ] {
            text += scalar
        }
        for offset in 0..<8 {
            #expect(
                firstInvalid(Array((String(repeating: "x", count: offset) + text).utf8)) == nil)
        }
        #expect(firstInvalid([]) == nil)
    }

    @Test func `it agrees with the standard library on random bytes`() {
        var random = SystemRandomNumberGenerator()
        // Bytes that are likely to make and to break sequences.
        let alphabet: [UInt8] = [0x41, 0x7F, 0x80, 0x9F, 0xA0, 0xBF, 0xC2, 0xE0, 0xE2, 0xED, 0xF0, 0xF4, 0xF5]
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...24, using: &random)).compactMap { _ in
                alphabet.randomElement(using: &random)
            }
            let isValid = String(validating: bytes, as: UTF8.self) != nil
            #expect((firstInvalid(bytes) == nil) == isValid, "\(bytes)")
        }
    }
}
