import TestSupport
import Testing

@testable import Codings

@Suite struct DecoderTests {
    private static let encodable: [ContentCoding] = [.gzip, .deflate, .zstd]

    @Test(arguments: encodable, [1, 2, 3, 7, 64, .max])
    func `a body is decoded wherever it is split`(coding: ContentCoding, split: Int) throws {
        var random = SeededGenerator(state: 1)
        let noise = (0..<5000).map { _ in UInt8.random(in: 0...255, using: &random) }
        for text in [[], Encoder.text, noise] {
            let decoded = try Decoding.decode(Encoder.encode(text, coding), [coding], split: split)
            #expect(decoded == text)
        }
    }

    @Test(arguments: [1, 5, .max])
    func `br and deflate without its header are decoded`(split: Int) throws {
        #expect(try Decoding.decode(Encoder.brotliText, [.brotli], split: split) == Encoder.text)
        #expect(try Decoding.decode(Encoder.rawDeflate(Encoder.text), [.deflate], split: split) == Encoder.text)
    }

    @Test(arguments: [1, 100, .max])
    func `several codings are taken off in reverse order`(split: Int) throws {
        let coded = Encoder.encode(Encoder.encode(Encoder.text, .gzip), .zstd)
        #expect(try Decoding.decode(coded, [.gzip, .zstd], split: split) == Encoder.text)
        #expect(throws: DecodingFault.corrupt) { try Decoding.decode(coded, [.zstd, .gzip]) }
    }

    @Test(arguments: [ContentCoding.gzip, .zstd], [1, .max])
    func `members and frames behind each other are one body`(coding: ContentCoding, split: Int) throws {
        let coded = Encoder.encode(Encoder.text, coding)
        #expect(try Decoding.decode(coded + coded, [coding], split: split) == Encoder.text + Encoder.text)
    }

    @Test(arguments: encodable + [.brotli])
    func `a body that ends too early is truncated, and no bytes are no body`(coding: ContentCoding) throws {
        let coded = coding == .brotli ? Encoder.brotliText : Encoder.encode(Encoder.text, coding)
        for length in 1..<coded.count {
            #expect(throws: DecodingFault.truncated, "\(length) bytes") {
                try Decoding.decode(Array(coded.prefix(length)), [coding])
            }
        }
        #expect(try Decoding.decode([], [coding]).isEmpty)
    }

    @Test(arguments: encodable + [.brotli], [1, .max])
    func `bytes behind the end are corrupt`(coding: ContentCoding, split: Int) {
        let coded = coding == .brotli ? Encoder.brotliText : Encoder.encode(Encoder.text, coding)
        #expect(throws: DecodingFault.corrupt) {
            try Decoding.decode(coded + Array("trailing".utf8), [coding], split: split)
        }
    }

    @Test(arguments: ContentCoding.allCases)
    func `plain text is corrupt in every coding`(coding: ContentCoding) {
        #expect(throws: DecodingFault.self) { try Decoding.decode(Encoder.text, [coding]) }
    }

    @Test func `a flipped bit is corrupt where the coding has a checksum`() {
        var coded = Encoder.encode(Encoder.text, .gzip)
        coded[coded.count - 6] ^= 1
        #expect(throws: DecodingFault.corrupt) { try Decoding.decode(coded, [.gzip]) }
    }

    // MARK: Limits

    /// 64 MiB in 64 KiB, as gzip, and in 103 bytes, as br.
    @Test(arguments: encodable)
    func `a bomb is given up at the limit, in pieces`(coding: ContentCoding) {
        let bomb = Encoder.encode([UInt8](repeating: 0x78, count: 64 << 20), coding)
        #expect(bomb.count < 80 << 10)
        var (total, largest) = (0, 0)
        #expect(throws: DecodingFault.tooLarge) {
            try Decoding.decode(bomb, [coding], limit: 1 << 20) { piece in
                total += piece.count
                largest = max(largest, piece.count)
            }
        }
        #expect(
            total <= 1 << 20 && total > (1 << 20) - 2 * Decoder.pieceSize && largest <= Decoder.pieceSize)
    }

    @Test func `a bomb inside a bomb is given up between the two`() {
        let bomb = Encoder.encode(
            Encoder.encode([UInt8](repeating: 0, count: 64 << 20), .gzip), .gzip)
        #expect(bomb.count < 4096)
        #expect(throws: DecodingFault.tooLarge) { try Decoding.decode(bomb, [.gzip, .gzip], limit: 32 << 20) }
        #expect(throws: DecodingFault.tooLarge) { try Decoding.decode(bomb, [.gzip, .gzip], limit: 4 << 10) }
    }

    @Test(arguments: encodable)
    func `the limit is the size of the decoded body`(coding: ContentCoding) throws {
        let text = [UInt8](repeating: 0x78, count: 200_000)
        let coded = Encoder.encode(text, coding)
        #expect(try Decoding.decode(coded, [coding], limit: text.count) == text)
        #expect(throws: DecodingFault.tooLarge) { try Decoding.decode(coded, [coding], limit: text.count - 1) }
    }

    @Test func `empty members without end are given up at the limit`() {
        let empty = Encoder.encode([], .gzip)
        let coded = Array([[UInt8]](repeating: empty, count: 1000).joined())
        #expect(throws: DecodingFault.tooLarge) { try Decoding.decode(coded, [.gzip], limit: 10_000) }
    }

    @Test func `zstd from before the standard is corrupt`() {
        for first: UInt8 in [0x1E, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27] {
            #expect(throws: DecodingFault.corrupt) {
                try Decoding.decode([first, 0xB5, 0x2F, 0xFD, 4, 0x58, 0x1D, 1, 0], [.zstd])
            }
        }
    }

    @Test func `a zstd window is at most 8 MiB`() throws {
        let text = Array([[UInt8]](repeating: Encoder.text, count: 200_000).joined())
        #expect(try Decoding.decode(Encoder.zstd(text, windowLog: 23), [.zstd], limit: text.count).count == text.count)
        #expect(throws: DecodingFault.corrupt) {
            try Decoding.decode(Encoder.zstd(text, windowLog: 24), [.zstd], limit: text.count)
        }
    }
}

@Suite struct ContentCodingTests {
    @Test func `a field lists codings in the order in which they were applied`() {
        #expect(ContentCoding.list("GZIP") == [.gzip])
        #expect(ContentCoding.list("x-gzip, zstd") == [.gzip, .zstd])
        #expect(ContentCoding.list(" br ,deflate,") == [.brotli, .deflate])
        #expect(ContentCoding.list("identity") == [] && ContentCoding.list("") == [])
        #expect(ContentCoding.list("compress") == nil && ContentCoding.list("gzip;q=1") == nil)
        #expect(ContentCoding.list("gzip, gzip, gzip")?.count == 3)
        #expect(ContentCoding.list("gzip, gzip, gzip, gzip") == nil)
    }

    @Test func `two codings are recognised by their signature`() {
        for coding in [ContentCoding.gzip, .zstd] {
            #expect(ContentCoding.recognised(in: Encoder.encode(Encoder.text, coding).span) == coding)
            #expect(coding.hasSignature)
        }
        for plain in [Encoder.text, Encoder.brotliText, [], [0x1F], [0x28, 0xB5, 0x2F]] {
            #expect(ContentCoding.recognised(in: plain.span) == nil)
        }
    }
}
