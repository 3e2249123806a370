/// The position at which a JSON text is malformed.
struct JSONFault: Error, Equatable {
    /// Offset of the first invalid byte.
    var offset: Int
}

/// A strict scanner of JSON texts that copies nothing.
///
/// A value is the position of its first byte; scanning it returns the position behind it. Foreign bytes are read
/// through bounds-checked spans only, and nesting is limited, so that no input can crash or exhaust it.
enum JSONScanner {
    /// Maximum nesting.
    static let maximumDepth = 128

    /// Returns the position of the next byte that is not white space.
    static func skipWhitespace(_ bytes: Span<UInt8>, _ position: Int) -> Int {
        var position = position
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return position
            }
        }
        return position
    }

    /// Returns the position behind a value.
    static func skipValue(_ bytes: Span<UInt8>, _ start: Int, depth: Int = 0) throws(JSONFault) -> Int {
        guard start < bytes.count, depth <= maximumDepth else { throw JSONFault(offset: start) }
        switch bytes[start] {
        case UInt8(ascii: "{"):
            return try walkObject(bytes, start, depth: depth) { (_, value) throws(JSONFault) in
                try skipValue(bytes, value, depth: depth + 1)
            }
        case UInt8(ascii: "["):
            return try walkArray(bytes, start, depth: depth) { (value) throws(JSONFault) in
                try skipValue(bytes, value, depth: depth + 1)
            }
        case UInt8(ascii: "\""): return try skipString(bytes, start)
        case UInt8(ascii: "t"): return try skipLiteral(bytes, start, "true")
        case UInt8(ascii: "f"): return try skipLiteral(bytes, start, "false")
        case UInt8(ascii: "n"): return try skipLiteral(bytes, start, "null")
        default: return try skipNumber(bytes, start)
        }
    }

    /// Walks the members of an object and returns the position behind it.
    ///
    /// - Parameter member: Gets the position of the key's opening quote and of the value; returns the position
    ///   behind the value.
    static func walkObject(
        _ bytes: Span<UInt8>, _ start: Int, depth: Int = 0,
        member: (_ key: Int, _ value: Int) throws(JSONFault) -> Int
    ) throws(JSONFault) -> Int {
        guard depth <= maximumDepth, start < bytes.count, bytes[start] == UInt8(ascii: "{") else {
            throw JSONFault(offset: start)
        }
        var position = skipWhitespace(bytes, start + 1)
        if position < bytes.count, bytes[position] == UInt8(ascii: "}") { return position + 1 }
        while true {
            let key = position
            position = skipWhitespace(bytes, try skipString(bytes, key))
            guard position < bytes.count, bytes[position] == UInt8(ascii: ":") else {
                throw JSONFault(offset: position)
            }
            position = try member(key, skipWhitespace(bytes, position + 1))
            position = skipWhitespace(bytes, position)
            guard position < bytes.count else { throw JSONFault(offset: position) }
            if bytes[position] == UInt8(ascii: "}") { return position + 1 }
            guard bytes[position] == UInt8(ascii: ",") else { throw JSONFault(offset: position) }
            position = skipWhitespace(bytes, position + 1)
        }
    }

    /// Walks the elements of an array and returns the position behind it.
    static func walkArray(
        _ bytes: Span<UInt8>, _ start: Int, depth: Int = 0, element: (_ value: Int) throws(JSONFault) -> Int
    ) throws(JSONFault) -> Int {
        guard depth <= maximumDepth, start < bytes.count, bytes[start] == UInt8(ascii: "[") else {
            throw JSONFault(offset: start)
        }
        var position = skipWhitespace(bytes, start + 1)
        if position < bytes.count, bytes[position] == UInt8(ascii: "]") { return position + 1 }
        while true {
            position = skipWhitespace(bytes, try element(position))
            guard position < bytes.count else { throw JSONFault(offset: position) }
            if bytes[position] == UInt8(ascii: "]") { return position + 1 }
            guard bytes[position] == UInt8(ascii: ",") else { throw JSONFault(offset: position) }
            position = skipWhitespace(bytes, position + 1)
        }
    }

    /// Returns the position behind a string; `start` is its opening quote.
    static func skipString(_ bytes: Span<UInt8>, _ start: Int) throws(JSONFault) -> Int {
        guard start < bytes.count, bytes[start] == UInt8(ascii: "\"") else { throw JSONFault(offset: start) }
        var position = start + 1
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") { return position + 1 }
            if byte == UInt8(ascii: "\\") {
                position = try skipEscape(bytes, position)
            } else {
                guard byte >= 0x20 else { throw JSONFault(offset: position) }
                position += 1
            }
        }
        throw JSONFault(offset: position)
    }

    private static func skipEscape(_ bytes: Span<UInt8>, _ start: Int) throws(JSONFault) -> Int {
        guard start + 1 < bytes.count else { throw JSONFault(offset: start + 1) }
        switch bytes[start + 1] {
        case UInt8(ascii: "u"):
            guard start + 5 < bytes.count else { throw JSONFault(offset: bytes.count) }
            for index in start + 2...start + 5 where hexDigit(bytes[index]) == nil { throw JSONFault(offset: index) }
            return start + 6
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return start + 2
        default: throw JSONFault(offset: start + 1)
        }
    }

    private static func skipLiteral(
        _ bytes: Span<UInt8>, _ start: Int, _ literal: StaticString
    ) throws(JSONFault) -> Int {
        let end = start + literal.utf8CodeUnitCount
        guard end <= bytes.count else { throw JSONFault(offset: bytes.count) }
        let matches = literal.withUTF8Buffer { text in
            text.indices.allSatisfy { text[$0] == bytes[start + $0] }
        }
        guard matches else { throw JSONFault(offset: start) }
        return end
    }

    private static func skipNumber(_ bytes: Span<UInt8>, _ start: Int) throws(JSONFault) -> Int {
        var position = start
        func digits() -> Int {
            let first = position
            while position < bytes.count, isDigit(bytes[position]) { position += 1 }
            return position - first
        }
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        let first = position
        let whole = digits()
        guard whole > 0, whole == 1 || bytes[first] != UInt8(ascii: "0") else { throw JSONFault(offset: start) }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            guard digits() > 0 else { throw JSONFault(offset: position) }
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            guard digits() > 0 else { throw JSONFault(offset: position) }
        }
        return position
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}
