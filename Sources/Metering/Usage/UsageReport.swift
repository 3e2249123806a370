/// The counts of an answer's usage as the upstream writes them, gathered over one answer.
///
/// Upstreams report cumulative values: a count that comes again replaces the earlier one, except that a zero never replaces
/// a positive count. Counts that do not come again stay (some protocols give the split of cache writes in a stream's first
/// event only). The place of a count is the protocol's business: see ``ProtocolRules/usageCount(_:key:in:)``.
struct UsageReport: Sendable {
    /// Maximum number of different counts of a protocol.
    static let capacity = 24
    /// The section of the usage object itself; a protocol numbers those inside it.
    static let topSection = 0

    /// 32 bits: a larger count is beyond every limit, and sums of counts cannot overflow.
    private var counts = InlineArray<24, Int32>(repeating: 0)
    /// One bit for each count that came.
    private var reported: UInt32 = 0
    /// One bit for each count of the latest usage object.
    private var latest: UInt32 = 0
    /// A count was negative.
    private(set) var hadNegative = false
    /// The split of cache writes contradicted an earlier one.
    var splitContradicts = false
    /// The terms of service that the answer names.
    var terms = ReportedTerms()
    /// Calls of hosted tools that the answer shows.
    var calls = HostedCalls()
    /// What the upstream says that the answer costs.
    var cost = ReportedCost()

    /// A count, or nil if it was not reported.
    subscript(place: Int) -> Int64? { reported & Self.bit(place) == 0 ? nil : Int64(counts[place]) }

    /// Whether the latest usage object has a count.
    func isLatest(_ place: Int) -> Bool { latest & Self.bit(place) != 0 }

    private static func bit(_ place: Int) -> UInt32 { 1 << UInt32(place) }

    /// Takes a count.
    mutating func take(_ count: Int64, at place: Int) {
        reported |= Self.bit(place)
        latest |= Self.bit(place)
        if count > 0 { counts[place] = Int32(clamping: count) }
        if count < 0 { hadNegative = true }
    }

    /// Puts a count in the place of what came; nil forgets it.
    mutating func replace(_ place: Int, with count: Int64?) {
        counts[place] = Int32(clamping: count ?? 0)
        reported = count == nil ? reported & ~Self.bit(place) : reported | Self.bit(place)
    }

    /// Reads a usage object and returns the position behind it.
    ///
    /// - Parameters:
    ///   - key: The key of the member that holds it.
    ///   - cuts: Gets what names the upstream's price.
    mutating func read<Rules: ProtocolRules>(
        _ rules: Rules.Type, _ bytes: Span<UInt8>, key: Int, at start: Int, depth: Int, cuts: inout MemberCuts
    ) throws(JSONFault) -> Int {
        let earlier = self
        latest = 0
        let section = Rules.usageSection(bytes, key: key, in: nil)
        let end = try readSection(rules, bytes, at: start, section: section, depth: depth, cuts: &cuts)
        Rules.complete(&self, after: earlier)
        return end
    }

    private mutating func readSection<Rules: ProtocolRules>(
        _ rules: Rules.Type, _ bytes: Span<UInt8>, at start: Int, section: Int, depth: Int, cuts: inout MemberCuts
    ) throws(JSONFault) -> Int {
        var object = ObjectCuts()
        let end = try JSONScanner.walkObject(bytes, start, depth: depth) { (key, value) throws(JSONFault) in
            let end: Int
            if PriceNames.isPrice(bytes, key: key) {
                end = try JSONScanner.skipValue(bytes, value, depth: depth + 1)
                cost.read(bytes, key: key, value: value)
                object.cut(key, end)
                return end
            }
            if JSONScanner.isObject(bytes, at: value) {
                end = try readSection(
                    rules, bytes, at: value, section: Rules.usageSection(bytes, key: key, in: section),
                    depth: depth + 1, cuts: &cuts)
            } else {
                end = try JSONScanner.skipValue(bytes, value, depth: depth + 1)
                if JSONScanner.isArray(bytes, at: value) {
                    try Rules.readUsageList(bytes, key: key, at: value, depth: depth + 1, into: &self)
                } else if let place = Rules.usageCount(bytes, key: key, in: section) {
                    if let count = Rules.count(bytes, at: value, place: place) { take(count, at: place) }
                } else if section == Self.topSection {
                    Rules.readTerm(bytes, key: key, value: value, into: &terms)
                }
            }
            object.keep(key, end, into: &cuts)
            return end
        }
        object.finish(into: &cuts)
        return end
    }

    /// Returns what the answer shows beside tokens, for estimates.
    func observed(_ rules: CountingRules) -> MeteredUsage {
        var usage = Usage()
        usage[.webSearch] = min(calls.webSearches, CountLimit.calls)
        usage[.fileSearch] = min(calls.fileSearches, CountLimit.calls)
        usage[.codeInterpreter] = min(calls.interpreterSessions, CountLimit.calls)
        return MeteredUsage(
            usage, terms: terms.served(asked: rules.askedTerms), upstreamCostNanoUSD: cost.nanoUSD)
    }
}
