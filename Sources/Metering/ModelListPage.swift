/// The part of a list of models that a client asks for.
public struct ModelListPage: Hashable, Sendable {
    /// Most entries.
    public var limit: Int
    /// The page begins behind this model.
    public var after: String?
    /// The page ends before this model.
    public var before: String?

    /// Reads the parameters of a query; those that a protocol does not page by are left out.
    ///
    /// - Parameter value: Returns the decoded value of a parameter.
    init(_ paging: ModelListShape.Paging, _ value: (String) -> String?) throws(RequestFault) {
        after = value(paging.after)
        before = paging.before.flatMap(value)
        limit = paging.standardLimit
        guard let text = value(paging.limit) else { return }
        guard let number = Int(text), (1...paging.maximumLimit).contains(number) else {
            throw .invalid(paging.limit, accepted: "a whole number from 1 to \(paging.maximumLimit)")
        }
        limit = number
    }
}

extension ModelListShape {
    /// How a protocol divides its list of models into pages.
    struct Paging: Sendable {
        /// The parameter for the most entries of a page.
        let limit: String
        /// The parameter for the model behind which a page begins.
        let after: String
        /// The parameter for the model before which a page ends, if there is one.
        var before: String?
        /// The member that says whether another page follows in the direction that was asked for; if there is none, only a
        /// page that is followed by another names its last model.
        var hasMore: String?
        /// The member that names the first model of the page, if there is one.
        var first: String?
        /// The member that names the last model of the page.
        let last: String
        /// Entries of a page without a limit of its own.
        let standardLimit: Int
        /// Most entries of a page.
        let maximumLimit: Int
    }
}

extension ModelList {
    /// Returns the edits that give every entry the members that clients expect, where the upstream leaves them out.
    public static func completions(in body: Span<UInt8>, _ shape: ModelListShape) -> [BodyEdit] {
        var edits: [BodyEdit] = []
        for entry in entries(in: body, shape) ?? [] {
            var names: Set<String> = []
            _ = try? JSONScanner.walkObject(body, entry.range.lowerBound, depth: 2) { (key, value) throws(JSONFault) in
                if let name = JSONScanner.string(body, at: key) { names.insert(name) }
                return try JSONScanner.skipValue(body, value, depth: 3)
            }
            let missing = shape.expected.filter { !names.contains($0.name) }
            guard !missing.isEmpty else { continue }
            let members = missing.map { "\"\($0.name)\":\($0.standard ?? JSONText.quoted(entry.id))," }.joined()
            let start = entry.range.lowerBound + 1
            edits.append(BodyEdit(range: start..<start, replacement: Array(members.utf8)))
        }
        return edits
    }

    /// Returns the page of a list that a query asks for; the list itself if the protocol's lists have no pages.
    ///
    /// - Parameter value: Returns the decoded value of a parameter of the query.
    /// - Throws: `RequestFault` that names the parameter, also for a model that the list does not have.
    public static func page(
        of list: [UInt8], _ shape: ModelListShape, _ value: (String) -> String?
    ) throws(RequestFault) -> [UInt8] {
        guard let paging = shape.paging, let entries = entries(in: list.span, shape) else { return list }
        let page = try ModelListPage(paging, value)
        func place(_ id: String?, _ parameter: String) throws(RequestFault) -> Int? {
            guard let id else { return nil }
            guard let place = entries.firstIndex(where: { $0.id == id }) else {
                throw .invalid(parameter, accepted: "the identifier of a model in the list")
            }
            return place
        }
        let start = try place(page.after, paging.after).map { $0 + 1 } ?? 0
        let end = max(start, try place(page.before, paging.before ?? "") ?? entries.count)
        // Without a beginning, a page that has an end lies right before it.
        let isBackward = page.before != nil && page.after == nil
        let shown = isBackward ? entries[start..<end].suffix(page.limit) : entries[start..<end].prefix(page.limit)
        let hasMore = shown.count < end - start
        let name = shape.entries.description
        let made = [name, paging.hasMore, paging.first, paging.last].compactMap { $0 }
        let kept = StreamFrame.members(list).filter { !made.contains($0.name) }
        var members = kept.map { "\(JSONText.quoted($0.name)):\($0.value)" }
        let texts = shown.map { String(decoding: list[$0.range], as: UTF8.self) }
        members.insert("\"\(name)\":[\(texts.joined(separator: ","))]", at: 0)
        func named(_ entry: (range: Range<Int>, id: String)?) -> String {
            entry.map { JSONText.quoted($0.id) } ?? "null"
        }
        if let member = paging.hasMore { members.append("\"\(member)\":\(hasMore)") }
        if let member = paging.first { members.append("\"\(member)\":\(named(shown.first))") }
        if hasMore || paging.hasMore != nil { members.append("\"\(paging.last)\":\(named(shown.last))") }
        return Array("{\(members.joined(separator: ","))}".utf8)
    }
}
