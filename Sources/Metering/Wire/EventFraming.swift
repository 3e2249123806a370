/// Finds the events of a stream of server-sent events, and their data.
///
/// Works on whole events: bytes of one that has not ended yet are to be offered again, with more behind them.
struct EventFraming {
    /// The data of one event.
    enum EventData {
        /// None, or empty.
        case none
        /// On one line.
        case line(Range<Int>)
        /// Over several lines, to be joined by line feeds.
        case lines
    }

    /// Bytes of the unfinished event that were searched for its end already.
    private var searched = 0

    /// Returns the position behind the blank line that ends the event at `start`, or nil if it has not come.
    mutating func endOfEvent(_ bytes: Span<UInt8>, from start: Int) -> Int? {
        var position = start + searched
        searched = 0
        while position < bytes.count {
            let byte = bytes[position]
            guard byte == 0x0A || byte == 0x0D else {
                position += 1
                continue
            }
            guard let next = Self.behindLineEnd(bytes, position) else { return nil }
            guard next < bytes.count else { return nil }
            if bytes[next] == 0x0A || bytes[next] == 0x0D { return Self.behindLineEnd(bytes, next) }
            position = next
        }
        return nil
    }

    /// Notes that the last `count` bytes are the beginning of an event and hold no end of it.
    mutating func keepUnfinished(_ count: Int) { searched = max(0, count - 3) }

    /// Notes that the bytes behind the last event were not searched.
    mutating func stop() { searched = 0 }

    /// Returns the position behind the line end at `position`: LF, CR LF, or CR; nil where a CR is the last byte
    /// and an LF may follow.
    private static func behindLineEnd(_ bytes: Span<UInt8>, _ position: Int) -> Int? {
        if bytes[position] == 0x0A { return position + 1 }
        guard position + 1 < bytes.count else { return nil }
        return bytes[position + 1] == 0x0A ? position + 2 : position + 1
    }

    /// Returns the data of an event.
    static func data(_ bytes: Span<UInt8>, of event: Range<Int>) -> EventData {
        var line = event.lowerBound
        var data: Range<Int>?
        while line < event.upperBound {
            let end = endOfLine(bytes, line, event.upperBound)
            if let value = dataField(bytes, line..<end) {
                if data != nil { return .lines }
                data = value
            }
            line = end + 1
        }
        guard let data, !data.isEmpty else { return .none }
        return .line(data)
    }

    /// Returns the data of an event over several lines, each followed by a line feed.
    static func joinedData(_ bytes: Span<UInt8>, of event: Range<Int>) -> [UInt8] {
        var joined: [UInt8] = []
        var line = event.lowerBound
        while line < event.upperBound {
            let end = endOfLine(bytes, line, event.upperBound)
            if let value = dataField(bytes, line..<end) {
                for index in value { joined.append(bytes[index]) }
                joined.append(0x0A)
            }
            line = end + 1
        }
        return joined
    }

    private static func endOfLine(_ bytes: Span<UInt8>, _ start: Int, _ limit: Int) -> Int {
        var end = start
        while end < limit, bytes[end] != 0x0A, bytes[end] != 0x0D { end += 1 }
        return end
    }

    /// Returns the value of a `data:` line, one leading blank removed.
    private static func dataField(_ bytes: Span<UInt8>, _ line: Range<Int>) -> Range<Int>? {
        var start = line.lowerBound
        // A byte order mark may stand before the first line.
        if line.count >= 3, bytes[start] == 0xEF, bytes[start + 1] == 0xBB, bytes[start + 2] == 0xBF { start += 3 }
        guard line.upperBound - start >= 5, bytes[start] == UInt8(ascii: "d"), bytes[start + 1] == UInt8(ascii: "a"),
            bytes[start + 2] == UInt8(ascii: "t"), bytes[start + 3] == UInt8(ascii: "a"),
            bytes[start + 4] == UInt8(ascii: ":")
        else { return nil }
        start += 5
        if start < line.upperBound, bytes[start] == 0x20 { start += 1 }
        return start..<line.upperBound
    }
}
