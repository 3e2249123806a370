/// An object of the upstream that a request names: an earlier response, a conversation, an item, a container, a file.
public struct ObjectReference: Hashable, Sendable {
    /// The identifier that the upstream gave it.
    public var id: String
    /// The field that names it.
    public var field: String

    /// Creates a reference.
    public init(id: String, field: String) {
        self.id = id
        self.field = field
    }
}

/// Which objects of the upstream an answer may name for the first time.
public enum ObjectsGiven: Hashable, Sendable {
    /// None.
    case none
    /// Containers and files that hosted tools made; the answer itself is not stored.
    case byTools
    /// The answer itself, its items, and what hosted tools made.
    case all
}

/// Finding references in a request.
extension RequestInput {
    /// What a member of a part or of a tool says about stored objects.
    enum ReferenceMember {
        /// An identifier, or a list of identifiers.
        case identifier
        /// An object whose members may name objects.
        case holder
    }

    /// Reads a member that names objects.
    mutating func refer<Rules: ProtocolRules>(
        _ rules: Rules.Type, _ member: ReferenceMember, _ body: Span<UInt8>, key: Int, value: Int
    ) {
        let field = JSONScanner.string(body, at: key) ?? ""
        switch member {
        case .identifier where JSONScanner.isString(body, at: value): refer(body, value, field)
        case .identifier where JSONScanner.isArray(body, at: value):
            JSONScanner.visitElements(body, value) { element in refer(body, element, field) }
        default: referInside(rules, body, value)
        }
    }

    /// Reads an object whose members may name objects.
    mutating func referInside<Rules: ProtocolRules>(_ rules: Rules.Type, _ body: Span<UInt8>, _ object: Int) {
        guard JSONScanner.isObject(body, at: object) else { return }
        JSONScanner.visitMembers(body, object) { key, value in
            if let member = Rules.reference(body, key: key) {
                refer(rules, member, body, key: key, value: value)
            }
        }
    }

    /// Adds an identifier.
    mutating func refer(_ body: Span<UInt8>, _ value: Int, _ field: String) {
        guard let id = JSONScanner.string(body, at: value) else { return }
        references.append(ObjectReference(id: id, field: field))
    }
}

extension JSONScanner {
    /// Visits the members of an object that is known to be well-formed; nothing else is visited.
    static func visitMembers(_ bytes: Span<UInt8>, _ object: Int, _ visit: (_ key: Int, _ value: Int) -> Void) {
        guard isObject(bytes, at: object) else { return }
        _ = try? walkObject(bytes, object) { (key, value) throws(JSONFault) in
            visit(key, value)
            return try skipValue(bytes, value, depth: 1)
        }
    }

    /// Visits the elements of an array that is known to be well-formed; nothing else is visited.
    static func visitElements(_ bytes: Span<UInt8>, _ array: Int, _ visit: (_ value: Int) -> Void) {
        guard isArray(bytes, at: array) else { return }
        _ = try? walkArray(bytes, array) { (value) throws(JSONFault) in
            visit(value)
            return try skipValue(bytes, value, depth: 1)
        }
    }
}
