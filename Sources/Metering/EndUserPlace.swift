/// A place in a request's body that tells the upstream who the end user is.
///
/// Upstreams limit the account of whoever lets violations of their policies happen, unless they can tell its users apart.
struct EndUserPlace: Hashable, Sendable {
    /// The value or the member that is replaced; empty where a member is inserted.
    let range: Range<Int>
    /// Text before the name.
    let before: String
    /// Text behind the name.
    let after: String

    /// Creates a place whose text is the name and what surrounds it.
    init(_ range: Range<Int>, before: String = "", after: String = "") {
        self.range = range
        self.before = before
        self.after = after
    }

    /// Returns the place of a member that is inserted at the beginning of an object.
    ///
    /// - Parameters:
    ///   - object: The position of the object's opening brace.
    ///   - before: The member's name and the beginning of its value.
    ///   - after: The end of its value.
    static func inserted(into object: Int, _ body: Span<UInt8>, before: String, after: String) -> EndUserPlace {
        let first = JSONScanner.skipWhitespace(body, object + 1)
        let comma = first < body.count && body[first] == UInt8(ascii: "}") ? "" : ","
        return EndUserPlace(object + 1..<object + 1, before: before, after: after + comma)
    }

    /// Returns the place of a value that is replaced; nil if there is no value.
    static func value(at start: Int, _ body: Span<UInt8>, before: String, after: String) -> EndUserPlace? {
        guard let end = try? JSONScanner.skipValue(body, start, depth: 1) else { return nil }
        return EndUserPlace(start..<end, before: before, after: after)
    }

    /// Returns the edit that names the end user.
    func edit(naming endUser: String) -> BodyEdit {
        BodyEdit(range: range, replacement: Array((before + endUser + after).utf8))
    }
}
