/// The names of the members of a protocol's list of models.
public struct ModelListShape: Sendable {
    /// The member that holds the entries.
    let entries: StaticString
    /// The member of an entry that identifies the model.
    let identifier: StaticString
    /// What stands before the model in that member.
    var identifierPrefix = ""
    /// Members that clients expect in each entry, and the JSON that stands for one that the upstream does not send; nil for
    /// the model's identifier.
    var expected: [(name: String, standard: String?)] = []
    /// How the list is divided into pages; nil if it is always whole.
    var paging: Paging?
}

/// Reads lists of models, such as `{"data":[{"id":...},...]}`.
public enum ModelList {
    /// Returns the ranges to cut from a list so that only models that are kept remain, and no entry tells the upstream's
    /// price; nil if the list is not understood.
    ///
    /// - Returns: Ranges, sorted and disjoint.
    public static func cuts(
        in body: Span<UInt8>, _ shape: ModelListShape, keeping isKept: (String) -> Bool
    ) -> [Range<Int>]? {
        var cuts: MemberCuts = []
        var list = ObjectCuts()
        let isList = walk(body, shape) { entry, end, id, inside in
            if let id, isKept(id) {
                list.keep(entry, end, into: &cuts)
                cuts.append(contentsOf: inside)
            } else {
                list.cut(entry, end)
            }
        }
        guard isList else { return nil }
        list.finish(into: &cuts)
        return cuts.sorted { $0.lowerBound < $1.lowerBound }
    }

    /// Returns the range of a model's entry in a list; nil if the list does not have the model.
    public static func entry(of model: String, in body: Span<UInt8>, _ shape: ModelListShape) -> Range<Int>? {
        var found: Range<Int>?
        let isList = walk(body, shape) { entry, end, id, _ in
            if id == model, found == nil { found = entry..<end }
        }
        return isList ? found : nil
    }

    /// Returns the range and the identifier of each entry of a list; nil if the body is not a list of models.
    static func entries(in body: Span<UInt8>, _ shape: ModelListShape) -> [(range: Range<Int>, id: String)]? {
        var found: [(range: Range<Int>, id: String)] = []
        let isList = walk(body, shape) { entry, end, id, _ in
            if let id { found.append((entry..<end, id)) }
        }
        return isList ? found : nil
    }

    /// Visits the entries of a list.
    ///
    /// - Parameter visit: Gets an entry's range, its identifier, and the ranges inside it that name a price.
    /// - Returns: False if the body is not a list of models.
    private static func walk(
        _ body: Span<UInt8>, _ shape: ModelListShape,
        visit: (_ entry: Int, _ end: Int, _ id: String?, _ prices: MemberCuts) -> Void
    ) -> Bool {
        var isList = false
        let start = JSONScanner.skipWhitespace(body, 0)
        let end = try? JSONScanner.walkObject(body, start) { (key, value) throws(JSONFault) in
            guard JSONScanner.string(body, at: key, equals: shape.entries), JSONScanner.isArray(body, at: value)
            else { return try JSONScanner.skipValue(body, value, depth: 1) }
            // Clients could read either of two lists.
            guard !isList else { throw JSONFault(offset: key) }
            isList = true
            return try JSONScanner.walkArray(body, value, depth: 1) { (entry) throws(JSONFault) in
                var prices: MemberCuts = []
                let (id, end) = try scanEntry(body, entry, shape, &prices)
                visit(entry, end, id, prices)
                return end
            }
        }
        guard isList, let end else { return false }
        return JSONScanner.skipWhitespace(body, end) == body.count
    }

    private static func scanEntry(
        _ body: Span<UInt8>, _ entry: Int, _ shape: ModelListShape, _ prices: inout MemberCuts
    ) throws(JSONFault) -> (id: String?, end: Int) {
        guard JSONScanner.isObject(body, at: entry) else {
            return (nil, try JSONScanner.skipValue(body, entry, depth: 2))
        }
        var id: String?
        var object = ObjectCuts()
        var found: MemberCuts = []
        let end = try JSONScanner.walkObject(body, entry, depth: 2) { (key, value) throws(JSONFault) in
            let end = try JSONScanner.skipValue(body, value, depth: 3)
            if JSONScanner.string(body, at: key, equals: shape.identifier) {
                id = JSONScanner.string(body, at: value).map { name in
                    String(
                        name.hasPrefix(shape.identifierPrefix)
                            ? name.dropFirst(shape.identifierPrefix.count) : name[...])
                }
            }
            if PriceNames.isPrice(body, key: key) {
                object.cut(key, end)
            } else {
                object.keep(key, end, into: &found)
            }
            return end
        }
        object.finish(into: &found)
        prices = found
        return (id, end)
    }
}
