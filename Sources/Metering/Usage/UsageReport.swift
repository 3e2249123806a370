/// The counts of an answer's usage as the upstream writes them, gathered over one answer.
///
/// Upstreams report cumulative values: a count that comes again replaces the earlier one, and counts that do not come
/// again stay (some protocols give the split of cache writes in a stream's first event only). Which count stands where
/// is the protocol's business: see ``ProtocolRules/usageCount(_:key:)``.
struct UsageReport: Sendable {
    /// Maximum number of different counts of a protocol.
    static let capacity = 12

    private var counts = InlineArray<12, Int64>(repeating: 0)
    /// One bit for each count that came.
    private var reported: UInt16 = 0
    /// Cost as the upstream reported it, in nano-USD, rounded up.
    private(set) var upstreamCost: Int64?

    /// A count, or nil if it was not reported.
    subscript(place: Int) -> Int64? { reported & 1 << UInt16(place) == 0 ? nil : counts[place] }

    /// Reads a `usage` object, or the details inside one, and returns the position behind it.
    ///
    /// - Parameter cuts: Gets what names the upstream's price.
    mutating func read<Rules: ProtocolRules>(
        _ rules: Rules.Type, _ bytes: Span<UInt8>, at start: Int, depth: Int, cuts: inout MemberCuts
    ) throws(JSONFault) -> Int {
        var object = ObjectCuts()
        var report = self
        var found = cuts
        let end = try JSONScanner.walkObject(bytes, start, depth: depth) { (key, value) throws(JSONFault) in
            let end: Int
            if PriceNames.isPrice(bytes, key: key) {
                end = try JSONScanner.skipValue(bytes, value, depth: depth + 1)
                if JSONScanner.string(bytes, at: key, equals: "cost") {
                    report.upstreamCost = DecimalUSD.nanos(bytes, at: value) ?? report.upstreamCost
                }
                object.cut(key, end)
            } else if JSONScanner.isObject(bytes, at: value) {
                end = try report.read(rules, bytes, at: value, depth: depth + 1, cuts: &found)
                object.keep(key, end, into: &found)
            } else {
                end = try JSONScanner.skipValue(bytes, value, depth: depth + 1)
                if let count = JSONScanner.integer(bytes, at: value), let place = Rules.usageCount(bytes, key: key) {
                    report.counts[place] = count
                    report.reported |= 1 << UInt16(place)
                }
                object.keep(key, end, into: &found)
            }
            return end
        }
        self = report
        object.finish(into: &found)
        cuts = found
        return end
    }
}

/// Limits counts that are not believed.
struct CountLimit {
    private let limit: Int64
    /// Whether a count lay outside of 0...limit.
    private(set) var wasExceeded = false

    init(_ limit: Int64) { self.limit = limit }

    /// Returns a count within 0...limit; zero for one that was not reported.
    mutating func apply(_ count: Int64?) -> Int64 {
        guard let count else { return 0 }
        let inside = min(max(count, 0), limit)
        if inside != count { wasExceeded = true }
        return inside
    }
}
