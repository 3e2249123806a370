/// Lists of models, as both protocols give them: `{"data":[{"id":...},...]}`.
public enum ModelList {
    /// Returns what to remove from a list so that only models that are kept remain, and no entry tells the
    /// upstream's price; nil if the list is not understood.
    ///
    /// - Returns: Ranges, sorted and disjoint.
    public static func cuts(in body: Span<UInt8>, keeping isKept: (String) -> Bool) -> [Range<Int>]? {
        var cuts: MemberCuts = []
        var isList = false
        let start = JSONScanner.skipWhitespace(body, 0)
        let end = try? JSONScanner.walkObject(body, start) { (key, value) throws(JSONFault) in
            guard JSONScanner.string(body, at: key, equals: "data"), JSONScanner.isArray(body, at: value) else {
                return try JSONScanner.skipValue(body, value, depth: 1)
            }
            isList = true
            var list = ObjectCuts()
            let end = try JSONScanner.walkArray(body, value, depth: 1) { (entry) throws(JSONFault) in
                var inside: MemberCuts = []
                let (id, end) = try scanEntry(body, entry, &inside)
                if let id, isKept(id) {
                    list.keep(entry, end, into: &cuts)
                    cuts.append(contentsOf: inside)
                } else {
                    list.cut(entry, end)
                }
                return end
            }
            list.finish(into: &cuts)
            return end
        }
        guard isList, let end, JSONScanner.skipWhitespace(body, end) == body.count else { return nil }
        return cuts.sorted { $0.lowerBound < $1.lowerBound }
    }

    private static func scanEntry(
        _ body: Span<UInt8>, _ entry: Int, _ cuts: inout MemberCuts
    ) throws(JSONFault) -> (id: String?, end: Int) {
        guard JSONScanner.isObject(body, at: entry) else {
            return (nil, try JSONScanner.skipValue(body, entry, depth: 2))
        }
        var id: String?
        var object = ObjectCuts()
        var found: MemberCuts = []
        let end = try JSONScanner.walkObject(body, entry, depth: 2) { (key, value) throws(JSONFault) in
            let end = try JSONScanner.skipValue(body, value, depth: 3)
            if JSONScanner.string(body, at: key, equals: "id") { id = JSONScanner.string(body, at: value) }
            if PriceNames.isPrice(body, key: key) {
                object.cut(key, end)
            } else {
                object.keep(key, end, into: &found)
            }
            return end
        }
        object.finish(into: &found)
        cuts = found
        return (id, end)
    }
}
