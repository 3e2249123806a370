/// Validation of UTF-8 (RFC 3629), at the speed of memory where a text is ASCII.
public enum UTF8Validation {
    private static let highBits: UInt64 = 0x8080_8080_8080_8080

    /// Returns the offset of the first byte that does not belong to valid UTF-8, or nil if all of them do.
    ///
    /// Refused as the standard says: continuation bytes out of place, sequences that are cut off or longer than needed,
    /// surrogates, and values above U+10FFFF. The offset is that of the first byte of the faulty sequence.
    public static func firstInvalidByte(_ bytes: Span<UInt8>) -> Int? {
        let raw = bytes.bytes
        var position = 0
        while position < bytes.count {
            while position + 8 <= raw.byteCount,
                raw.unsafeLoadUnaligned(fromByteOffset: position, as: UInt64.self) & highBits == 0
            {
                position += 8
            }
            guard position < bytes.count else { return nil }
            guard bytes[position] >= 0x80 else {
                position += 1
                continue
            }
            guard let length = sequenceLength(bytes, position) else { return position }
            position += length
        }
        return nil
    }

    /// Returns the length of the sequence of two to four bytes that begins at `start`, or nil if it is not valid.
    private static func sequenceLength(_ bytes: Span<UInt8>, _ start: Int) -> Int? {
        let length: Int
        // The second byte excludes longer forms than needed, surrogates, and values above U+10FFFF.
        let second: ClosedRange<UInt8>
        switch bytes[start] {
        case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return nil
        }
        guard start + length <= bytes.count, second.contains(bytes[start + 1]) else { return nil }
        var index = start + 2
        while index < start + length {
            guard bytes[index] & 0xC0 == 0x80 else { return nil }
            index += 1
        }
        return length
    }
}
