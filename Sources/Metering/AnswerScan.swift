/// What one pass over one JSON object of an answer finds: a whole plain answer, or the data of one event.
struct AnswerScan {
    /// Which strings are text that the model wrote.
    enum TextMembers {
        /// Those of the usual names, wherever they stand.
        case content
        /// Members called `delta` only: the Responses API repeats every text when it is done.
        case delta
    }

    /// What a top-level `type` says.
    enum Marker {
        case none, end, error, blockStart, blockStop, image
    }

    private let text: TextMembers
    /// The client did not ask for usage: its top-level member is cut.
    private let dropsUsage: Bool
    /// The numbers found, on top of those found before.
    var report: UsageReport
    private var cuts: MemberCuts = []
    private(set) var hasUsage = false
    private(set) var hasNoChoices = false
    private(set) var isError = false
    private(set) var marker = Marker.none
    private(set) var textBytes: Int64 = 0
    /// Elements of the top-level list `data`.
    private(set) var dataCount: Int64 = 0
    /// The top-level `index`: which of several blocks an event belongs to.
    private(set) var index: Int64?
    /// The top-level `sequence_number`.
    private(set) var sequence: Int64?

    init(text: TextMembers, dropsUsage: Bool = false, report: UsageReport = UsageReport()) {
        self.text = text
        self.dropsUsage = dropsUsage
        self.report = report
    }

    /// Scans the object at `start` and returns the position behind it.
    mutating func scan(_ bytes: Span<UInt8>, _ start: Int, depth: Int = 0) throws(JSONFault) -> Int {
        var scan = self
        var object = ObjectCuts()
        // Prices are looked for in the answer itself and in the objects that it consists of, not in its text.
        let mayNamePrice = depth <= 1
        let end = try JSONScanner.walkObject(bytes, start, depth: depth) { (key, value) throws(JSONFault) in
            if depth == 0 { scan.lookAtTopLevel(bytes, key, value) }
            if mayNamePrice, PriceNames.isPrice(bytes, key: key) {
                let end = try JSONScanner.skipValue(bytes, value, depth: depth + 1)
                object.cut(key, end)
                return end
            }
            let isUsage = mayNamePrice && JSONScanner.string(bytes, at: key, equals: "usage")
            if isUsage, depth == 0, dropsUsage {
                var dropped: MemberCuts = []
                let end = try scan.scanUsage(bytes, value, depth: depth + 1, cuts: &dropped)
                object.cut(key, end)
                return end
            }
            var found: MemberCuts = []
            let end =
                isUsage
                ? try scan.scanUsage(bytes, value, depth: depth + 1, cuts: &found)
                : try scan.scanValue(bytes, value, key: key, depth: depth + 1)
            object.keep(key, end, into: &scan.cuts)
            scan.cuts.append(contentsOf: found)
            return end
        }
        self = scan
        object.finish(into: &cuts)
        return end
    }

    /// The ranges that the client must not see, sorted and disjoint.
    var sortedCuts: [Range<Int>] { cuts.count < 2 ? cuts : cuts.sorted { $0.lowerBound < $1.lowerBound } }

    private mutating func scanUsage(
        _ bytes: Span<UInt8>, _ value: Int, depth: Int, cuts: inout MemberCuts
    ) throws(JSONFault) -> Int {
        guard JSONScanner.isObject(bytes, at: value) else {
            return try JSONScanner.skipValue(bytes, value, depth: depth)
        }
        hasUsage = true
        return try report.read(bytes, at: value, depth: depth, cuts: &cuts)
    }

    private mutating func scanValue(
        _ bytes: Span<UInt8>, _ value: Int, key: Int?, depth: Int
    ) throws(JSONFault) -> Int {
        if JSONScanner.isObject(bytes, at: value) { return try scan(bytes, value, depth: depth) }
        if JSONScanner.isArray(bytes, at: value) {
            var scan = self
            var count: Int64 = 0
            let end = try JSONScanner.walkArray(bytes, value, depth: depth) { (element) throws(JSONFault) in
                count += 1
                // An element is two levels down: prices are looked for in the answer's own objects only.
                return try scan.scanValue(bytes, element, key: nil, depth: depth + 2)
            }
            self = scan
            if depth == 1, let key, JSONScanner.string(bytes, at: key, equals: "data") { dataCount = count }
            return end
        }
        let end = try JSONScanner.skipValue(bytes, value, depth: depth)
        if let key, JSONScanner.isString(bytes, at: value), isText(bytes, key) { textBytes += Int64(end - value - 2) }
        return end
    }

    private mutating func lookAtTopLevel(_ bytes: Span<UInt8>, _ key: Int, _ value: Int) {
        if JSONScanner.string(bytes, at: key, equals: "error") {
            if !JSONScanner.isNull(bytes, at: value) { isError = true }
        } else if JSONScanner.string(bytes, at: key, equals: "choices"), JSONScanner.isArray(bytes, at: value) {
            let first = JSONScanner.skipWhitespace(bytes, value + 1)
            hasNoChoices = first < bytes.count && bytes[first] == UInt8(ascii: "]")
        } else if JSONScanner.string(bytes, at: key, equals: "type"), JSONScanner.isString(bytes, at: value) {
            func isType(_ name: StaticString) -> Bool { JSONScanner.string(bytes, at: value, equals: name) }
            if isType("message_stop") || isType("response.completed") || isType("response.incomplete")
                || isType("response.failed")
            {
                marker = .end
            } else if isType("error") {
                marker = .error
            } else if isType("image_generation.completed") {
                marker = .image
            } else if isType("content_block_start") {
                marker = .blockStart
            } else if isType("content_block_stop") {
                marker = .blockStop
            }
        } else if JSONScanner.string(bytes, at: key, equals: "index") {
            index = JSONScanner.integer(bytes, at: value)
        } else if JSONScanner.string(bytes, at: key, equals: "sequence_number") {
            sequence = JSONScanner.integer(bytes, at: value)
        }
    }

    private func isText(_ bytes: Span<UInt8>, _ key: Int) -> Bool {
        func isKey(_ name: StaticString) -> Bool { JSONScanner.string(bytes, at: key, equals: name) }
        switch text {
        case .delta: return isKey("delta")
        case .content:
            return isKey("content") || isKey("text") || isKey("thinking") || isKey("partial_json")
                || isKey("arguments") || isKey("reasoning_content") || isKey("reasoning") || isKey("refusal")
        }
    }
}
