/// A body of `multipart/form-data` (RFC 7578), read without copying.
///
/// Strict, because upstream and gateway must read the same fields: programs differ in how they read what the standard leaves
/// open (folded header fields, bare line feeds, escapes in names, encoded contents), so all of that is refused.
struct MultipartForm {
    /// A field or a file.
    struct Part: Hashable {
        /// The field's name.
        var name: String
        /// Whether it has a file name.
        var isFile: Bool
        /// The content's place in the body.
        var content: Range<Int>
    }

    /// Most parts of a form.
    static let maximumParts = 256
    /// Most bytes of the header of a part.
    static let maximumHeader = 8 << 10
    /// Longest name of a field, in bytes.
    static let maximumName = 128

    /// The parts, in the order of the body.
    private(set) var parts: [Part] = []

    /// Reads a whole body.
    ///
    /// - Parameter boundary: The parts' boundary, without dashes.
    init(_ body: Span<UInt8>, boundary: [UInt8]) throws(RequestFault) {
        let dashes: [UInt8] = [0x2D, 0x2D]
        var scanner = FormScanner(delimiter: dashes + boundary)
        guard scanner.take(scanner.delimiter, body) else { throw .malformedForm(offset: 0) }
        while !scanner.take(dashes, body) {
            guard parts.count < Self.maximumParts, scanner.take(FormScanner.lineEnd, body) else {
                throw .malformedForm(offset: scanner.position)
            }
            var part = try scanner.header(body)
            part.content = try scanner.content(body)
            parts.append(part)
        }
        _ = scanner.take(FormScanner.lineEnd, body)
        guard scanner.position == body.count else { throw .malformedForm(offset: scanner.position) }
    }

    /// Returns the boundary that a `Content-Type` field names; nil if it is not a form's.
    static func boundary(contentType: String) -> [UInt8]? {
        let parts = contentType.utf8.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
            .map { $0.trimmed }
        guard let type = parts.first, String(Substring(type)).lowercased() == "multipart/form-data" else { return nil }
        let values = parts.dropFirst().compactMap { parameter -> Substring.UTF8View? in
            guard String(Substring(parameter.prefix(9))).lowercased() == "boundary=" else { return nil }
            return parameter.dropFirst(9)
        }
        guard values.count == 1, var value = values.first else { return nil }
        if value.first == UInt8(ascii: "\""), value.last == UInt8(ascii: "\""), value.count > 2 {
            value = value.dropFirst().dropLast()
        }
        guard (1...70).contains(value.count), value.allSatisfy(isBoundaryByte) else { return nil }
        return Array(value)
    }

    /// The characters of a boundary (RFC 2046, 5.1.1), without the space.
    private static func isBoundaryByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "'()+_,-./:=?".utf8.contains(byte)
        }
    }
}

extension Substring.UTF8View {
    fileprivate var trimmed: Substring.UTF8View {
        var view = drop { $0 == 0x20 || $0 == 0x09 }
        while let last = view.last, last == 0x20 || last == 0x09 { view = view.dropLast() }
        return view
    }
}

/// Walks the bytes of a form.
private struct FormScanner {
    static let lineEnd: [UInt8] = [0x0D, 0x0A]

    /// Two dashes and the boundary.
    let delimiter: [UInt8]
    var position = 0

    init(delimiter: [UInt8]) { self.delimiter = delimiter }

    func has(_ bytes: [UInt8], _ body: Span<UInt8>, at start: Int) -> Bool {
        guard start >= 0, start + bytes.count <= body.count else { return false }
        for index in bytes.indices where body[start + index] != bytes[index] { return false }
        return true
    }

    mutating func take(_ bytes: [UInt8], _ body: Span<UInt8>) -> Bool {
        guard has(bytes, body, at: position) else { return false }
        position += bytes.count
        return true
    }

    /// Reads the header of a part, up to its empty line.
    mutating func header(_ body: Span<UInt8>) throws(RequestFault) -> MultipartForm.Part {
        let end = position + MultipartForm.maximumHeader
        var part: MultipartForm.Part?
        while !take(Self.lineEnd, body) {
            let start = position
            while position < body.count, position < end, body[position] != 0x0D {
                // Control characters, and bare line feeds.
                guard body[position] >= 0x20, body[position] != 0x7F else { throw .malformedForm(offset: position) }
                position += 1
            }
            let line = (start..<position).map { body[$0] }
            guard take(Self.lineEnd, body) else { throw .malformedForm(offset: position) }
            guard let field = HeaderLine(line) else { throw .malformedForm(offset: start) }
            switch field.name {
            case "content-disposition":
                guard part == nil, let read = field.disposition else { throw .malformedForm(offset: start) }
                part = read
            case "content-transfer-encoding": throw .malformedForm(offset: start)
            default: break
            }
        }
        guard let part else { throw .malformedForm(offset: position) }
        return part
    }

    /// Reads the content of a part and the delimiter behind it.
    mutating func content(_ body: Span<UInt8>) throws(RequestFault) -> Range<Int> {
        let start = position
        while position + delimiter.count <= body.count {
            guard body[position] == 0x2D, has(delimiter, body, at: position),
                position == start || body[position - 1] == 0x0A
            else {
                position += 1
                continue
            }
            // At the beginning of a line only a delimiter may look like one.
            let end = position - 2
            guard end >= start, body[end] == 0x0D else { throw .malformedForm(offset: position) }
            position += delimiter.count
            guard has(Self.lineEnd, body, at: position) || has([0x2D, 0x2D], body, at: position) else {
                throw .malformedForm(offset: position)
            }
            return start..<end
        }
        throw .malformedForm(offset: body.count)
    }
}

/// A header field of a part.
private struct HeaderLine {
    let name: String
    private let value: [UInt8]

    /// Reads a line; nil if it is not a field, or continues one.
    init?(_ line: [UInt8]) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0 else { return nil }
        let name = line[..<colon]
        guard name.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        self.name = String(decoding: name, as: UTF8.self).lowercased()
        value = Array(line[(colon + 1)...])
    }

    /// The part that a `Content-Disposition` describes, without content; nil if there is more than one way to read it.
    var disposition: MultipartForm.Part? {
        var rest = value[...]
        func skipSpace() { rest = rest.drop { $0 == 0x20 || $0 == 0x09 } }
        skipSpace()
        let kind = rest.prefix { $0 != UInt8(ascii: ";") && $0 != 0x20 && $0 != 0x09 }
        guard String(decoding: kind, as: UTF8.self).lowercased() == "form-data" else { return nil }
        rest = rest.dropFirst(kind.count)
        var name: String?
        var isFile = false
        while true {
            skipSpace()
            guard rest.first == UInt8(ascii: ";") else { break }
            rest.removeFirst()
            skipSpace()
            let parameter = rest.prefix { $0 != UInt8(ascii: "=") }
            rest = rest.dropFirst(parameter.count + 1)
            guard let text = Self.takeText(&rest) else { return nil }
            switch String(decoding: parameter, as: UTF8.self).lowercased() {
            case "name":
                let isPlain = text.allSatisfy { $0 != UInt8(ascii: "\\") && $0 != UInt8(ascii: "%") }
                guard name == nil, isPlain, (1...MultipartForm.maximumName).contains(text.count) else { return nil }
                guard UTF8Validation.firstInvalidByte(text.span) == nil else { return nil }
                name = String(decoding: text, as: UTF8.self)
            case "filename", "filename*": isFile = true
            default: return nil
            }
        }
        guard rest.isEmpty, let name else { return nil }
        return MultipartForm.Part(name: name, isFile: isFile, content: 0..<0)
    }

    /// Takes a quoted text or a token; nil if a quotation mark is escaped or not closed.
    private static func takeText(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        guard rest.first == UInt8(ascii: "\"") else {
            let token = rest.prefix { $0 > 0x20 && $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: "\"") }
            rest = rest.dropFirst(token.count)
            return token.isEmpty ? nil : Array(token)
        }
        let text = rest.dropFirst().prefix { $0 != UInt8(ascii: "\"") }
        rest = rest.dropFirst(text.count + 1)
        guard rest.popFirst() == UInt8(ascii: "\""), text.last != UInt8(ascii: "\\") else { return nil }
        return Array(text)
    }
}
