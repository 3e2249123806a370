/// The top-level fields of a protocol's requests that decide about price and shape.
protocol RequestField: RawRepresentable<Int>, CaseIterable, Sendable {
    /// The field's name in the body.
    var name: StaticString { get }
}

/// The positions of a request's fields in its body.
struct RequestFields<Field: RequestField> {
    /// Longest name of a model, in bytes.
    private static var maximumModelName: Int { 256 }

    /// Position of the body's opening brace.
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
        let fields = Field.allCases
        var positions = [Int](repeating: -1, count: fields.count)
        var duplicate: Field?
        let end: Int
        do throws(JSONFault) {
            end = try JSONScanner.walkObject(body, start) { (key, value) throws(JSONFault) in
                if let field = fields.first(where: { JSONScanner.string(body, at: key, equals: $0.name) }) {
                    if positions[field.rawValue] >= 0 { duplicate = field }
                    positions[field.rawValue] = value
                }
                return try JSONScanner.skipValue(body, value, depth: 1)
            }
        } catch {
            throw .malformed(offset: error.offset)
        }
        self.positions = positions
        let rest = JSONScanner.skipWhitespace(body, end)
        guard rest == body.count else { throw .malformed(offset: rest) }
        if let duplicate { throw .duplicate(duplicate.name.description) }
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
            throw .invalid(field.name.description, accepted: "a whole number of at least \(range.lowerBound)")
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
            facts.limitPlaces = [.member(at: start + 1, name: names[0].name.description, standard: standard)]
        }
        for field in names.reversed() {
            if let limit = try count(field, in: 0...Int64.max, body) { facts.maxOutputTokens = limit }
        }
    }

    /// Refuses service that is faster and dearer than the rate card's prices.
    func refuseFasterService(tier: Field, speed: Field, _ body: Span<UInt8>) throws(RequestFault) {
        if let at = position(of: tier, body), JSONScanner.string(body, at: at, equals: "priority") {
            throw .invalid(
                tier.name.description, accepted: "auto, default, flex or standard_only: others have no price here")
        }
        if let at = position(of: speed, body), !JSONScanner.string(body, at: at, equals: "standard") {
            throw .invalid(speed.name.description, accepted: "standard: others have no price here")
        }
    }
}
