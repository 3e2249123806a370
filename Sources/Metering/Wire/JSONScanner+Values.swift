/// Reading single values whose bytes are known to be well-formed.
extension JSONScanner {
    /// Whether the string at `start` is `text`, however it is escaped.
    static func string(_ bytes: Span<UInt8>, at start: Int, equals text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        let end = start + 1 + length
        let isPlain = text.withUTF8Buffer { expected in
            guard end < bytes.count, bytes[end] == UInt8(ascii: "\"") else { return false }
            for index in 0..<length where bytes[start + 1 + index] != expected[index] { return false }
            return true
        }
        if isPlain { return true }
        guard hasEscape(bytes, at: start), let decoded = string(bytes, at: start) else { return false }
        return decoded == text.description
    }

    /// Returns the text of the string at `start`, or nil if there is none there.
    static func string(_ bytes: Span<UInt8>, at start: Int) -> String? {
        guard start < bytes.count, bytes[start] == UInt8(ascii: "\"") else { return nil }
        var result: [UInt8] = []
        var position = start + 1
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") { return String(decoding: result, as: UTF8.self) }
            guard byte == UInt8(ascii: "\\") else {
                result.append(byte)
                position += 1
                continue
            }
            guard position + 1 < bytes.count else { return nil }
            switch bytes[position + 1] {
            case UInt8(ascii: "u"):
                guard let (scalar, next) = unicodeEscape(bytes, position) else { return nil }
                result.append(contentsOf: String(Character(scalar)).utf8)
                position = next
                continue
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "f"): result.append(0x0C)
            case UInt8(ascii: "n"): result.append(0x0A)
            case UInt8(ascii: "r"): result.append(0x0D)
            case UInt8(ascii: "t"): result.append(0x09)
            case let other: result.append(other)
            }
            position += 2
        }
        return nil
    }

    /// Returns the integer at `start`, saturating at the ends of its range; nil if there is none, or a fraction.
    static func integer(_ bytes: Span<UInt8>, at start: Int) -> Int64? {
        var position = start
        guard position < bytes.count else { return nil }
        let isNegative = bytes[position] == UInt8(ascii: "-")
        if isNegative { position += 1 }
        var magnitude: Int64 = 0
        let first = position
        while position < bytes.count, isDigit(bytes[position]) {
            let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, carried) = product.addingReportingOverflow(Int64(bytes[position] - 0x30))
            magnitude = overflow || carried ? .max : sum
            position += 1
        }
        guard position > first else { return nil }
        if position < bytes.count, [UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E")].contains(bytes[position]) {
            return nil
        }
        return isNegative ? -magnitude : magnitude
    }

    /// Whether the value at `start` is `true`.
    static func isTrue(_ bytes: Span<UInt8>, at start: Int) -> Bool { byte(bytes, start) == UInt8(ascii: "t") }
    /// Whether the value at `start` is `false`.
    static func isFalse(_ bytes: Span<UInt8>, at start: Int) -> Bool { byte(bytes, start) == UInt8(ascii: "f") }
    /// Whether the value at `start` is `null`.
    static func isNull(_ bytes: Span<UInt8>, at start: Int) -> Bool { byte(bytes, start) == UInt8(ascii: "n") }
    /// Whether the value at `start` is an object.
    static func isObject(_ bytes: Span<UInt8>, at start: Int) -> Bool { byte(bytes, start) == UInt8(ascii: "{") }
    /// Whether the value at `start` is an array.
    static func isArray(_ bytes: Span<UInt8>, at start: Int) -> Bool { byte(bytes, start) == UInt8(ascii: "[") }
    /// Whether the value at `start` is a string.
    static func isString(_ bytes: Span<UInt8>, at start: Int) -> Bool { byte(bytes, start) == UInt8(ascii: "\"") }

    private static func byte(_ bytes: Span<UInt8>, _ position: Int) -> UInt8? {
        position < bytes.count ? bytes[position] : nil
    }

    static func hasEscape(_ bytes: Span<UInt8>, at start: Int) -> Bool {
        var position = start + 1
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            if bytes[position] == UInt8(ascii: "\\") { return true }
            position += 1
        }
        return false
    }

    /// Decodes `\uXXXX`, and a pair of surrogates where one stands.
    private static func unicodeEscape(_ bytes: Span<UInt8>, _ start: Int) -> (Unicode.Scalar, Int)? {
        func unit(_ position: Int) -> UInt32? {
            guard position + 5 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
                bytes[position + 1] == UInt8(ascii: "u")
            else { return nil }
            var value: UInt32 = 0
            for index in position + 2...position + 5 {
                guard let digit = hexDigit(bytes[index]) else { return nil }
                value = value << 4 | UInt32(digit)
            }
            return value
        }
        guard let first = unit(start) else { return nil }
        if (0xD800..<0xDC00).contains(first), let second = unit(start + 6), (0xDC00..<0xE000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        {
            return (scalar, start + 12)
        }
        return (Unicode.Scalar(first) ?? "\u{FFFD}", start + 6)
    }
}
