@testable import Codings

/// Decodes whole bodies.
enum Decoding {
    /// Returns the decoded body.
    ///
    /// - Parameter split: The input comes in pieces of so many bytes.
    static func decode(
        _ coded: [UInt8], _ codings: [ContentCoding], split: Int = .max, limit: Int = 1 << 20
    ) throws(DecodingFault) -> [UInt8] {
        var decoded: [UInt8] = []
        try decode(coded, codings, split: split, limit: limit) { decoded += $0 }
        return decoded
    }

    static func decode(
        _ coded: [UInt8], _ codings: [ContentCoding], split: Int = .max, limit: Int, take: ([UInt8]) -> Void
    ) throws(DecodingFault) {
        let decoder = try Decoder(codings, limit: limit)
        var position = 0
        while position < coded.count {
            let end = min(position + min(split, coded.count), coded.count)
            var isProgressing = true
            while isProgressing {
                isProgressing = false
                position += try decoder.step(coded.span.extracting(position..<end)) { piece in
                    isProgressing = true
                    take(piece.withUnsafeBufferPointer { Array($0) })
                }
            }
            precondition(position == end, "input is left although more is asked for")
        }
        try decoder.finish()
    }
}
