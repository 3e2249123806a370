/// Reading single values whose bytes are known to be well-formed.
extension JSONScanner {
    /// Whether the string at `start` is `text`, however it is escaped.
    static func string(_ bytes: Span<UInt8>, at start: Int, equals text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        return text.withUTF8Buffer { expected in
            var index = 0
            while index < length {
                let position = start + 1 + index
                guard position < bytes.count else { return false }
                guard bytes[position] == expected[index] else {
                    // Only an escape can stand for another byte.
                    return bytes[position] == UInt8(ascii: "\\") && string(bytes, at: start) == text.description
                }
                index += 1
            }
            let end = start + 1 + length
            return end < bytes.count && bytes[end] == UInt8(ascii: "\"")
        }
    }

    /// Whether the string at `start` begins with `text`, which has no escapes.
    static func string(_ bytes: Span<UInt8>, at start: Int, hasPrefix text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard start + 1 + length < bytes.count else { return false }
        return text.withUTF8Buffer { expected in
            for index in 0..<length where bytes[start + 1 + index] != expected[index] { return false }
            return true
        }
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

    /// Returns the count at `start`, rounded up to an integer; some upstreams write counts as fractions or as strings. Nil if
    /// there is none.
    static func count(_ bytes: Span<UInt8>, at start: Int) -> Int64? {
        let digits = isString(bytes, at: start) ? start + 1 : start
        if let integer = integer(bytes, at: digits) { return integer }
        return thousandths(bytes, at: digits).map { ($0 + 999) / 1000 }
    }

    /// Returns the number at `start` in thousandths, rounded up; nil if there is none or it is out of range.
    static func thousandths(_ bytes: Span<UInt8>, at start: Int) -> Int64? {
        DecimalUSD.nanos(bytes, at: start).map { ($0 / 1_000_000) + ($0 % 1_000_000 == 0 ? 0 : 1) }
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
