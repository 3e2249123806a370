/// The parts of a stream that are still open, so that the gateway can close it in place of the upstream.
struct StreamFrame: Sendable {
    /// A longer first event is not kept, in bytes.
    private static let largestHead = 64 << 10

    /// Finds the events, and knows where the stream stands between two of them.
    var framing: MessageFraming
    /// The data of the first event: it holds the members that all events repeat.
    private(set) var head: [UInt8] = []
    /// The block of the answer that is being written, where answers consist of blocks.
    private(set) var openBlock: Int64?
    /// The number of the last event, where events are numbered; -1 before the first.
    private(set) var sequence: Int64 = -1

    init(_ framing: MessageFraming) { self.framing = framing }

    /// Follows an event.
    mutating func follow(_ event: EventFacts, _ data: Span<UInt8>) {
        if head.isEmpty, data.count <= Self.largestHead {
            head.reserveCapacity(data.count)
            for index in data.indices { head.append(data[index]) }
        }
        switch event.marker {
        case .blockStart: openBlock = event.block
        case .blockStop: openBlock = nil
        case .none, .preamble, .end, .failed, .error, .itemDone, .image: break
        }
        // An absurd number must leave room for the one behind it.
        if let number = event.sequence { sequence = min(number, .max - 1) }
    }

    /// Returns the members of the first event, each value as JSON.
    func headMembers() -> [(name: String, value: String)] { Self.members(head) }

    /// Returns the members of an object, each value as JSON.
    static func members(_ object: [UInt8]) -> [(name: String, value: String)] {
        var members: [(String, String)] = []
        let bytes = object.span
        let start = JSONScanner.skipWhitespace(bytes, 0)
        guard JSONScanner.isObject(bytes, at: start) else { return [] }
        let end = try? JSONScanner.walkObject(bytes, start) { (key, value) throws(JSONFault) in
            let end = try JSONScanner.skipValue(bytes, value, depth: 1)
            if let name = JSONScanner.string(bytes, at: key) {
                members.append((name, String(decoding: object[value..<end], as: UTF8.self)))
            }
            return end
        }
        return end == nil ? [] : members
    }
}
