/// Facts from the top-level members of one event or of a whole answer.
struct EventFacts {
    /// What kind of event it is, where that matters.
    enum Marker {
        case none, end, error, blockStart, blockStop, image
    }

    /// What kind of event it is.
    var marker = Marker.none
    /// It reports an error.
    var isError = false
    /// It carries no part of an answer: only the usage, if that.
    var carriesNoText = false
    /// The block of the answer that the event belongs to.
    var block: Int64?
    /// The event's number, where events are numbered.
    var sequence: Int64?
}

/// The result of one pass over one JSON object of an answer: a whole plain answer, or the data of one event.
///
/// The pass runs for every event of a stream. ``scan(_:_:_:)`` in the list of protocols binds the protocol's rules at
/// compile time.
struct AnswerScan {
    private let text: Operation.StreamText
    /// The client did not ask for usage: its top-level member is cut.
    private let dropsUsage: Bool
    /// The counts found, on top of those found before.
    var report: UsageReport
    private var cuts: MemberCuts = []
    private(set) var hasUsage = false
    /// Facts from the top-level members.
    private(set) var event = EventFacts()
    /// Bytes of text that the model wrote.
    private(set) var textBytes: Int64 = 0
    /// Images that the answer lists.
    private(set) var images: Int64 = 0

    init(text: Operation.StreamText, dropsUsage: Bool = false, report: UsageReport = UsageReport()) {
        self.text = text
        self.dropsUsage = dropsUsage
        self.report = report
    }

    /// Whether the object reports an error.
    var isError: Bool { event.isError || event.marker == .error }

    /// The ranges that the client must not see, sorted and disjoint.
    var sortedCuts: [Range<Int>] { cuts.count < 2 ? cuts : cuts.sorted { $0.lowerBound < $1.lowerBound } }

    /// Scans the object at `start` and returns the position behind it.
    mutating func scan<Rules: ProtocolRules>(
        _ rules: Rules.Type, _ bytes: Span<UInt8>, _ start: Int, depth: Int = 0
    ) throws(JSONFault) -> Int {
        var scan = self
        var object = ObjectCuts()
        // Prices are looked for in the answer itself and in the objects that it consists of, not in its text.
        let mayNamePrice = depth <= 1
        let end = try JSONScanner.walkObject(bytes, start, depth: depth) { (key, value) throws(JSONFault) in
            if depth == 0 { Rules.readMember(bytes, key: key, value: value, into: &scan.event) }
            if mayNamePrice, PriceNames.isPrice(bytes, key: key) {
                let end = try JSONScanner.skipValue(bytes, value, depth: depth + 1)
                object.cut(key, end)
                return end
            }
            let isUsage = mayNamePrice && Rules.isUsage(bytes, key: key)
            if isUsage, depth == 0, dropsUsage {
                var dropped: MemberCuts = []
                let end = try scan.scanUsage(rules, bytes, value, depth: depth + 1, cuts: &dropped)
                object.cut(key, end)
                return end
            }
            var found: MemberCuts = []
            let end =
                isUsage
                ? try scan.scanUsage(rules, bytes, value, depth: depth + 1, cuts: &found)
                : try scan.scanValue(rules, bytes, value, key: key, depth: depth + 1)
            object.keep(key, end, into: &scan.cuts)
            scan.cuts.append(contentsOf: found)
            return end
        }
        self = scan
        object.finish(into: &cuts)
        return end
    }

    private mutating func scanUsage<Rules: ProtocolRules>(
        _ rules: Rules.Type, _ bytes: Span<UInt8>, _ value: Int, depth: Int, cuts: inout MemberCuts
    ) throws(JSONFault) -> Int {
        guard JSONScanner.isObject(bytes, at: value) else {
            return try JSONScanner.skipValue(bytes, value, depth: depth)
        }
        hasUsage = true
        return try report.read(rules, bytes, at: value, depth: depth, cuts: &cuts)
    }

    private mutating func scanValue<Rules: ProtocolRules>(
        _ rules: Rules.Type, _ bytes: Span<UInt8>, _ value: Int, key: Int?, depth: Int
    ) throws(JSONFault) -> Int {
        if JSONScanner.isObject(bytes, at: value) { return try scan(rules, bytes, value, depth: depth) }
        if JSONScanner.isArray(bytes, at: value) {
            var scan = self
            var count: Int64 = 0
            let end = try JSONScanner.walkArray(bytes, value, depth: depth) { (element) throws(JSONFault) in
                count += 1
                // An element is two levels down: prices are looked for in the answer's own objects only.
                return try scan.scanValue(rules, bytes, element, key: nil, depth: depth + 2)
            }
            self = scan
            if depth == 1, let key, Rules.isImageList(bytes, key: key) { images = count }
            return end
        }
        let end = try JSONScanner.skipValue(bytes, value, depth: depth)
        if let key, JSONScanner.isString(bytes, at: value), Rules.isText(bytes, key: key, text) {
            textBytes += Int64(end - value - 2)
        }
        return end
    }
}
