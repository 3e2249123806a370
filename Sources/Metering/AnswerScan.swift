/// Facts from the top-level members of one event or of a whole answer.
struct EventFacts {
    /// What kind of event it is, where that matters. A preamble says that the upstream has taken the request, and nothing of
    /// an answer; `failed` ends a stream in the way of the protocol, `error` reports an error in any.
    enum Marker {
        case none, preamble, end, failed, error, blockStart, blockStop, itemDone, image
    }

    /// What kind of event it is.
    var marker = Marker.none
    /// It reports an error.
    var isError = false
    /// It says why the model stopped: what follows is at most the usage.
    var isFinished = false
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
    /// Where an object stands, which decides what its members can mean.
    private enum Place {
        /// The answer or event itself.
        case answer
        /// A member of it.
        case member
        /// One of the answers that were asked for.
        case choice
        /// Anything deeper: content.
        case content
    }

    private let text: Operation.StreamText
    /// The client did not ask for usage: it is cut.
    private let dropsUsage: Bool
    /// The counts found, on top of those found before.
    private(set) var report: UsageReport
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
    var isError: Bool { event.isError || event.marker == .error || event.marker == .failed }

    /// The ranges that the client must not see, sorted and disjoint.
    var sortedCuts: [Range<Int>] { cuts.count < 2 ? cuts : cuts.sorted { $0.lowerBound < $1.lowerBound } }

    /// Scans the object at `start` and returns the position behind it.
    mutating func scan<Rules: ProtocolRules>(
        _ rules: Rules.Type, _ bytes: Span<UInt8>, _ start: Int
    ) throws(JSONFault) -> Int {
        var item: HostedCalls.Call?
        let end = try scan(rules, bytes, start, depth: 0, .answer, &item)
        if let item, event.marker == .itemDone || event.marker == .blockStart { report.calls.add(item) }
        return end
    }

    private mutating func scan<Rules: ProtocolRules>(
        _ rules: Rules.Type, _ bytes: Span<UInt8>, _ start: Int, depth: Int, _ place: Place,
        _ item: inout HostedCalls.Call?
    ) throws(JSONFault) -> Int {
        var object = ObjectCuts()
        var reasoningBytes: Int64 = 0
        // Prices are looked for in the answer itself and in the objects that it consists of, not in its text.
        let isFrame = place == .answer || place == .member
        let end = try JSONScanner.walkObject(bytes, start, depth: depth) { (key, value) throws(JSONFault) in
            if place == .answer { Rules.readMember(bytes, key: key, value: value, into: &event) }
            if isFrame, PriceNames.isPrice(bytes, key: key) {
                let end = try JSONScanner.skipValue(bytes, value, depth: depth + 1)
                object.cut(key, end)
                return end
            }
            if place != .content, Rules.isUsage(bytes, key: key) {
                return try scanUsage(rules, bytes, key, value, depth: depth + 1, place, &object)
            }
            if place != .content, JSONScanner.isString(bytes, at: value) {
                Rules.readTerm(bytes, key: key, value: value, into: &report.terms)
                if Rules.isStopReason(bytes, key: key) { event.isFinished = true }
            }
            if place == .answer, JSONScanner.isObject(bytes, at: value), Rules.isItem(bytes, key: key) {
                item = try Rules.hostedCall(bytes, item: value, depth: depth + 1)
            }
            let before = textBytes
            let end = try scanValue(rules, bytes, value, key: key, depth: depth + 1, place, &item)
            if textBytes > before, Rules.isReasoning(bytes, key: key) {
                let added = textBytes - before
                textBytes = before + max(0, added - reasoningBytes)
                reasoningBytes = max(reasoningBytes, added)
            }
            object.keep(key, end, into: &cuts)
            return end
        }
        object.finish(into: &cuts)
        return end
    }

    private mutating func scanUsage<Rules: ProtocolRules>(
        _ rules: Rules.Type, _ bytes: Span<UInt8>, _ key: Int, _ value: Int, depth: Int, _ place: Place,
        _ object: inout ObjectCuts
    ) throws(JSONFault) -> Int {
        let isDropped = dropsUsage && (place == .answer || place == .choice)
        guard JSONScanner.isObject(bytes, at: value) else {
            let end = try JSONScanner.skipValue(bytes, value, depth: depth)
            if isDropped { object.cut(key, end) } else { object.keep(key, end, into: &cuts) }
            return end
        }
        hasUsage = true
        var found: MemberCuts = []
        let end = try report.read(rules, bytes, key: key, at: value, depth: depth, cuts: &found)
        if isDropped {
            object.cut(key, end)
        } else {
            object.keep(key, end, into: &cuts)
            cuts.append(contentsOf: found)
        }
        return end
    }

    private mutating func scanValue<Rules: ProtocolRules>(
        _ rules: Rules.Type, _ bytes: Span<UInt8>, _ value: Int, key: Int?, depth: Int, _ place: Place,
        _ item: inout HostedCalls.Call?
    ) throws(JSONFault) -> Int {
        if JSONScanner.isObject(bytes, at: value) {
            return try scan(rules, bytes, value, depth: depth, place == .answer ? .member : .content, &item)
        }
        if JSONScanner.isArray(bytes, at: value) {
            return try scanList(rules, bytes, value, key: key, depth: depth, place, &item)
        }
        let end = try JSONScanner.skipValue(bytes, value, depth: depth)
        if let key, JSONScanner.isString(bytes, at: value), Rules.isText(bytes, key: key, text) {
            textBytes += Int64(end - value - 2)
        }
        return end
    }

    private mutating func scanList<Rules: ProtocolRules>(
        _ rules: Rules.Type, _ bytes: Span<UInt8>, _ start: Int, key: Int?, depth: Int, _ place: Place,
        _ item: inout HostedCalls.Call?
    ) throws(JSONFault) -> Int {
        let isFrame = place == .answer || place == .member
        let isChoices = place == .answer && key.map { Rules.isChoiceList(bytes, key: $0) } ?? false
        let isItems = isFrame && key.map { Rules.isItemList(bytes, key: $0) } ?? false
        var calls = HostedCalls()
        var count: Int64 = 0
        let end = try JSONScanner.walkArray(bytes, start, depth: depth) { (element) throws(JSONFault) in
            count += 1
            guard JSONScanner.isObject(bytes, at: element) else {
                return try scanValue(rules, bytes, element, key: nil, depth: depth + 1, .content, &item)
            }
            if isItems, let call = try Rules.hostedCall(bytes, item: element, depth: depth + 1) { calls.add(call) }
            return try scan(rules, bytes, element, depth: depth + 1, isChoices ? .choice : .content, &item)
        }
        if isItems { report.calls.raise(to: calls) }
        if place == .answer, let key, Rules.isImageList(bytes, key: key) { images = count }
        return end
    }
}
