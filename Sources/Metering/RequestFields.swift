/// The top-level fields of a protocol's requests that decide about price and shape.
protocol RequestField: RawRepresentable<Int>, CaseIterable, Sendable {
    /// The field's name in the body.
    var name: StaticString { get }
    /// Another name by which the API accepts the field, if there is one.
    var otherName: StaticString? { get }
    /// The object that holds the field, if it is not the body.
    static var parent: String? { get }
}

extension RequestField {
    var otherName: StaticString? { nil }
    static var parent: String? { nil }

    /// The field as error messages name it.
    var path: String { (Self.parent.map { $0 + "." } ?? "") + name.description }

    /// Whether a key of the body names the field.
    fileprivate func isNamed(_ body: Span<UInt8>, key: Int) -> Bool {
        if JSONScanner.string(body, at: key, equals: name) { return true }
        return otherName.map { JSONScanner.string(body, at: key, equals: $0) } ?? false
    }
}

/// The positions of a request's fields in its body.
struct RequestFields<Field: RequestField> {
    /// Longest name of a model, in bytes.
    private static var maximumModelName: Int { 256 }

    /// Position of the opening brace of the body, or of the object in it that has the fields.
    let start: Int
    /// Position of each field's value; -1 for one that is missing.
    private var positions: [Int]

    /// Finds the fields of a body, which must be one JSON object in UTF-8 and nothing else.
    init(_ body: Span<UInt8>) throws(RequestFault) {
        // Upstreams read bytes that are not UTF-8 in different ways, if at all.
        if let offset = UTF8Validation.firstInvalidByte(body) { throw .notUTF8(offset: offset) }
        start = JSONScanner.skipWhitespace(body, 0)
        guard JSONScanner.isObject(body, at: start) else {
            let isJSON = (try? JSONScanner.skipValue(body, start)) != nil
            throw isJSON ? .notAnObject : .malformed(offset: start)
        }
        positions = try Self.find(body, start, depth: 0)
    }

    /// Finds the fields of an object in the body, which is known to be well-formed.
    init(_ body: Span<UInt8>, ofObject start: Int, depth: Int = 1) throws(RequestFault) {
        self.start = start
        positions = try Self.find(body, start, depth: depth)
    }

    private static func find(_ body: Span<UInt8>, _ start: Int, depth: Int) throws(RequestFault) -> [Int] {
        let fields = Field.allCases
        var positions = [Int](repeating: -1, count: fields.count)
        var duplicate: Field?
        do throws(JSONFault) {
            let end = try JSONScanner.walkObject(body, start, depth: depth) { (key, value) throws(JSONFault) in
                if let field = fields.first(where: { $0.isNamed(body, key: key) }) {
                    if positions[field.rawValue] >= 0 { duplicate = field }
                    positions[field.rawValue] = value
                }
                return try JSONScanner.skipValue(body, value, depth: depth + 1)
            }
            let rest = JSONScanner.skipWhitespace(body, end)
            guard depth > 0 || rest == body.count else { throw JSONFault(offset: rest) }
        } catch {
            throw .malformed(offset: error.offset)
        }
        if let duplicate { throw .duplicate(duplicate.path) }
        return positions
    }

    /// Whether the object has no members at all.
    private func isEmpty(_ body: Span<UInt8>) -> Bool {
        let first = JSONScanner.skipWhitespace(body, start + 1)
        return first < body.count && body[first] == UInt8(ascii: "}")
    }

    /// Returns the position of a field's value, `null` included; nil if the field is missing.
    func place(of field: Field) -> Int? {
        let position = positions[field.rawValue]
        return position < 0 ? nil : position
    }

    /// Returns the position of a field's value; nil if the field is missing or `null`.
    func position(of field: Field, _ body: Span<UInt8>) -> Int? {
        guard let place = place(of: field), !JSONScanner.isNull(body, at: place) else { return nil }
        return place
    }

    /// Returns the model of a request: the one that its path names, else that of a field; nil if the field is missing.
    func model(_ field: Field, path: String?, _ body: Span<UInt8>) throws(RequestFault) -> String? {
        if let path { return path }
        guard let at = position(of: field, body) else { return nil }
        guard let name = JSONScanner.string(body, at: at), !name.isEmpty, name.utf8.count <= Self.maximumModelName
        else { throw .invalid(field.name.description, accepted: "a non-empty string of at most 256 bytes") }
        return name
    }

    /// Returns the number in a field; nil if the field is missing.
    func count(
        _ field: Field, in range: ClosedRange<Int64>, _ body: Span<UInt8>
    ) throws(RequestFault) -> Int64? {
        guard let at = position(of: field, body) else { return nil }
        guard let value = JSONScanner.integer(body, at: at), range.contains(value) else {
            throw .invalid(field.path, accepted: "a whole number of at least \(range.lowerBound)")
        }
        return value
    }

    /// Returns whether a field is `true`; false if it is missing.
    func isTrue(_ field: Field, _ body: Span<UInt8>) throws(RequestFault) -> Bool {
        guard let at = position(of: field, body) else { return false }
        let isTrue = JSONScanner.isTrue(body, at: at)
        guard isTrue || JSONScanner.isFalse(body, at: at) else {
            throw .invalid(field.name.description, accepted: "true or false")
        }
        return isTrue
    }

    /// Reads the limit of the output.
    ///
    /// - Parameters:
    ///   - names: The fields that may hold it: the first that is given counts, all that are given must be numbers.
    ///   - standard: The limit that the API applies if none is given.
    func readOutputLimit(
        _ names: [Field], standard: Int64, _ body: Span<UInt8>, into facts: inout RequestFacts
    ) throws(RequestFault) {
        facts.limitPlaces = names.compactMap { field in
            guard let at = place(of: field), let end = try? JSONScanner.skipValue(body, at, depth: 1) else {
                return nil
            }
            return .value(at..<end)
        }
        if facts.limitPlaces.isEmpty {
            facts.limitPlaces = [
                .member(
                    start + 1..<start + 1, name: names[0].name.description, after: isEmpty(body) ? "" : ",",
                    standard: standard)
            ]
        }
        for field in names.reversed() {
            if let limit = try count(field, in: 0...Int64.max, body) { facts.maxOutputTokens = limit }
        }
    }

    /// Reads the service tier that is asked for.
    ///
    /// - Parameters:
    ///   - names: The protocol's names of tiers.
    ///   - accepted: The names that requests may use, for people.
    func readTier(
        _ field: Field, _ names: [(name: StaticString, tier: RequestedTier)], accepted: String, _ body: Span<UInt8>,
        into facts: inout RequestFacts
    ) throws(RequestFault) {
        guard let at = position(of: field, body) else { return }
        guard let tier = names.first(where: { JSONScanner.string(body, at: at, equals: $0.name) })?.tier else {
            throw .invalid(field.name.description, accepted: accepted)
        }
        facts.tier = tier
        if tier == .only(.priority) {
            facts.requirements.append(PriceRequirement(.tier(.priority), field: field.name.description))
        }
    }

    /// Reads the speed that is asked for.
    func readSpeed(_ field: Field, _ body: Span<UInt8>, into facts: inout RequestFacts) throws(RequestFault) {
        guard let at = position(of: field, body), !JSONScanner.string(body, at: at, equals: "standard") else { return }
        guard JSONScanner.string(body, at: at, equals: "fast") else {
            throw .invalid(field.name.description, accepted: "standard or fast")
        }
        facts.isFast = true
        facts.requirements.append(PriceRequirement(.speed, field: field.name.description))
    }

    /// Returns the text of a field; nil if the field is missing or no string.
    func text(_ field: Field, _ body: Span<UInt8>) -> String? {
        position(of: field, body).flatMap { JSONScanner.string(body, at: $0) }
    }
}
