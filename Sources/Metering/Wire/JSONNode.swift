/// A JSON value that grows: the plain answer that is made of the parts in a stream. Texts stay as they were written, escapes
/// included, so that joining them decodes nothing.
final class JSONNode {
    enum Kind { case text, scalar, list, object }

    private(set) var kind: Kind
    /// A text without its quotes, or a scalar.
    private var bytes: [UInt8] = []
    /// The elements of a list, or the values of an object.
    private(set) var elements: [JSONNode] = []
    /// The names of an object's members.
    private(set) var names: [String] = []

    init(_ kind: Kind) { self.kind = kind }

    /// Creates a text.
    convenience init(text: String) {
        self.init(.text)
        bytes = Array(JSONText.quoted(text).utf8.dropFirst().dropLast())
    }

    /// The value `null`.
    static var null: JSONNode {
        let node = JSONNode(.scalar)
        node.bytes = Array("null".utf8)
        return node
    }

    // MARK: Reading

    /// Reads a value that is the whole text.
    convenience init(parsing bytes: Span<UInt8>) throws(JSONFault) {
        let start = JSONScanner.skipWhitespace(bytes, 0)
        // Checked as a whole first: what follows only takes it apart.
        let end = try JSONScanner.skipValue(bytes, start)
        guard JSONScanner.skipWhitespace(bytes, end) == bytes.count else { throw JSONFault(offset: end) }
        self.init(.scalar)
        _ = try read(bytes, start, depth: 0)
    }

    private func read(_ bytes: Span<UInt8>, _ start: Int, depth: Int) throws(JSONFault) -> Int {
        if JSONScanner.isObject(bytes, at: start) {
            kind = .object
            return try JSONScanner.walkObject(bytes, start, depth: depth) { (key, value) throws(JSONFault) in
                let node = JSONNode(.scalar)
                let end = try node.read(bytes, value, depth: depth + 1)
                set(JSONScanner.string(bytes, at: key) ?? "", node)
                return end
            }
        }
        if JSONScanner.isArray(bytes, at: start) {
            kind = .list
            return try JSONScanner.walkArray(bytes, start, depth: depth) { (element) throws(JSONFault) in
                let node = JSONNode(.scalar)
                let end = try node.read(bytes, element, depth: depth + 1)
                elements.append(node)
                return end
            }
        }
        let end = try JSONScanner.skipValue(bytes, start, depth: depth)
        let isText = JSONScanner.isString(bytes, at: start)
        kind = isText ? .text : .scalar
        for index in isText ? start + 1..<end - 1 : start..<end { self.bytes.append(bytes[index]) }
        return end
    }

    /// The member of an object; nil if there is none.
    subscript(name: String) -> JSONNode? {
        names.lastIndex(of: name).map { elements[$0] }
    }

    /// The integer that the value is.
    var integer: Int64? {
        let bytes = bytes
        return kind == .scalar ? JSONScanner.integer(bytes.span, at: 0) : nil
    }

    /// The text that the value is, without escapes.
    var text: String? {
        let quoted = Array("\"".utf8) + bytes + Array("\"".utf8)
        return kind == .text ? JSONScanner.string(quoted.span, at: 0) : nil
    }

    var isNull: Bool { kind == .scalar && bytes.first == UInt8(ascii: "n") }

    /// Whether it is a text without a character.
    var isEmptyText: Bool { kind == .text && bytes.isEmpty }

    // MARK: Growing

    /// Sets a member of an object.
    func set(_ name: String, _ value: JSONNode) {
        if let index = names.lastIndex(of: name) {
            elements[index] = value
        } else {
            names.append(name)
            elements.append(value)
        }
    }

    /// Removes a member of an object.
    func remove(_ name: String) {
        guard let index = names.lastIndex(of: name) else { return }
        names.remove(at: index)
        elements.remove(at: index)
    }

    /// Adds an element to a list.
    func append(_ element: JSONNode) { elements.append(element) }

    /// Puts a text behind this one.
    func append(textOf other: JSONNode) { bytes += other.bytes }

    /// Returns the list of a member, which is made if it is missing.
    func list(_ name: String) -> JSONNode {
        if let node = self[name], node.kind == .list { return node }
        let node = JSONNode(.list)
        set(name, node)
        return node
    }

    /// Returns the element of a list whose member `index` is a number, which is added if it is missing.
    func element(index: Int64) -> JSONNode {
        if let node = elements.first(where: { $0["index"]?.integer == index }) { return node }
        let node = JSONNode(.object)
        let number = JSONNode(.scalar)
        number.bytes = Array("\(index)".utf8)
        node.set("index", number)
        append(node)
        return node
    }

    /// Merges a delta into an object, by the rules of the official SDKs: texts are put behind each other, objects are merged,
    /// lists are merged by the `index` of their elements, everything else replaces what was there.
    ///
    /// - Parameter constant: Names of texts that are repeated instead of continued.
    func merge(_ delta: JSONNode, constant: Set<String>) {
        for (name, value) in zip(delta.names, delta.elements) where !value.isNull || self[name] == nil {
            guard let own = self[name], own.kind == value.kind else {
                set(name, value)
                continue
            }
            switch value.kind {
            case .text where constant.contains(name): if !value.isEmptyText { set(name, value) }
            case .text: own.append(textOf: value)
            case .scalar: set(name, value)
            case .object: own.merge(value, constant: constant)
            case .list:
                for element in value.elements {
                    if let index = element["index"]?.integer {
                        own.element(index: index).merge(element, constant: constant)
                    } else {
                        own.append(element)
                    }
                }
            }
        }
    }

    // MARK: Writing

    /// Writes the value.
    func write(into output: inout [UInt8]) {
        switch kind {
        case .scalar: output += bytes
        case .text:
            output.append(UInt8(ascii: "\""))
            output += bytes
            output.append(UInt8(ascii: "\""))
        case .list:
            output.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                element.write(into: &output)
            }
            output.append(UInt8(ascii: "]"))
        case .object:
            output.append(UInt8(ascii: "{"))
            for (index, element) in elements.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                output += JSONText.quoted(names[index]).utf8
                output.append(UInt8(ascii: ":"))
                element.write(into: &output)
            }
            output.append(UInt8(ascii: "}"))
        }
    }
}
