/// What ``StreamMeter`` found in some bytes of a stream.
public struct StreamExamination: Hashable, Sendable {
    /// So many bytes are whole events; the rest is the beginning of the next.
    public var consumed: Int
    /// What of them the client must not see, as ranges to remove: sorted and disjoint. Usually empty.
    public var cuts: [Range<Int>]
    /// The text became longer than was allowed for: what follows was not looked at.
    public var isOverAllowance = false
}

/// Meters a stream of server-sent events, and finds what has to be taken out of it.
///
/// Works on whole events: one that has not ended yet is to be offered again, with more behind it.
public struct StreamMeter: Sendable {
    private let operation: Operation
    private let dropsUsage: Bool
    private let contextLimit: Int64
    private var report = UsageReport()
    private var frame = StreamFrame()
    /// How far the unfinished event has been searched for its end already.
    private var searched = 0

    /// Bytes of text that the model wrote so far, for estimates.
    public private(set) var textBytes: Int64 = 0
    /// An event said that the stream is complete.
    public private(set) var hasEnded = false
    /// An event was an error.
    public private(set) var errorSeen = false

    /// Creates a meter.
    ///
    /// - Parameters:
    ///   - dropUsageEvent: The client did not ask for usage, the gateway did: what came of that is cut.
    ///   - contextLimit: Counts beyond it are not believed, in tokens.
    public init(operation: Operation, dropUsageEvent: Bool, contextLimit: Int64) {
        self.operation = operation
        self.contextLimit = contextLimit
        dropsUsage = dropUsageEvent
    }

    /// The usage reported so far: the last value of each count. Images count where they are seen.
    public var usage: MeteredUsage? {
        var usage = report.usage(operation: operation, limit: contextLimit)
        if images > 0 {
            usage = usage ?? MeteredUsage(tokens: .zero, upstreamCostNanoUSD: nil, wasClamped: false)
            usage?.tokens.images = images
        }
        return usage
    }
    private var images: Int64 = 0

    /// Returns the events that end the stream here, as the model's own limit would have ended it.
    ///
    /// - Parameters:
    ///   - usage: What the client may read that was used.
    ///   - choices: How many answers the stream has.
    public func closing(usage: TokenUsage, choices: Int64) -> String {
        frame.closing(operation, usage: usage, showsUsage: !dropsUsage, choices: choices)
    }

    /// Examines the whole events at the start of some bytes.
    ///
    /// - Parameter allowance: Stops behind the event with which the text becomes longer than this, in bytes.
    public mutating func examine(_ bytes: Span<UInt8>, allowance: Int64 = .max) -> StreamExamination {
        var result = StreamExamination(consumed: 0, cuts: [])
        while let end = endOfEvent(bytes, from: result.consumed) {
            let textBefore = textBytes
            examineEvent(bytes, result.consumed..<end, &result.cuts)
            result.consumed = end
            if textBytes > allowance, textBytes > textBefore {
                result.isOverAllowance = true
                searched = 0
                return result
            }
        }
        searched = max(0, bytes.count - result.consumed - 3)
        return result
    }

    /// Returns the position behind the blank line that ends the event at `start`, or nil if it has not come.
    private mutating func endOfEvent(_ bytes: Span<UInt8>, from start: Int) -> Int? {
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

    /// Returns the position behind the line end at `position`: LF, CR LF, or CR; nil where a CR is the last byte
    /// and an LF may follow.
    private static func behindLineEnd(_ bytes: Span<UInt8>, _ position: Int) -> Int? {
        if bytes[position] == 0x0A { return position + 1 }
        guard position + 1 < bytes.count else { return nil }
        return bytes[position + 1] == 0x0A ? position + 2 : position + 1
    }

    private mutating func examineEvent(_ bytes: Span<UInt8>, _ event: Range<Int>, _ cuts: inout [Range<Int>]) {
        var line = event.lowerBound
        var data: Range<Int>?
        var isMultiline = false
        while line < event.upperBound {
            var end = line
            while end < event.upperBound, bytes[end] != 0x0A, bytes[end] != 0x0D { end += 1 }
            if let value = Self.dataField(bytes, line..<end) {
                isMultiline = isMultiline || data != nil
                data = (data?.lowerBound ?? value.lowerBound)..<value.upperBound
            }
            line = end + 1
        }
        guard let data, !data.isEmpty else { return }
        if isMultiline {
            examineMultiline(bytes, event, &cuts)
        } else if bytes[data.lowerBound] == UInt8(ascii: "{") {
            examineData(bytes, data, event, &cuts)
        } else if data.count >= 6, bytes[data.lowerBound] == UInt8(ascii: "["),
            bytes[data.lowerBound + 1] == UInt8(ascii: "D")
        {
            hasEnded = true
        }
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

    private mutating func examineData(
        _ bytes: Span<UInt8>, _ data: Range<Int>, _ event: Range<Int>, _ cuts: inout [Range<Int>]
    ) {
        var scan = AnswerScan(
            text: operation == .responses ? .delta : .content, dropsUsage: dropsUsage, report: report)
        let slice = bytes.extracting(data)
        guard (try? scan.scan(slice, 0)) != nil else { return }
        take(scan)
        frame.follow(scan, slice)
        if dropsUsage, scan.hasUsage, scan.hasNoChoices {
            cuts.append(event)
            return
        }
        for cut in scan.sortedCuts {
            cuts.append(cut.lowerBound + data.lowerBound..<cut.upperBound + data.lowerBound)
        }
    }

    /// Data over several lines is joined for metering. What the client must not see in it cannot be cut line by line:
    /// such an event goes as a whole.
    private mutating func examineMultiline(_ bytes: Span<UInt8>, _ event: Range<Int>, _ cuts: inout [Range<Int>]) {
        var joined: [UInt8] = []
        var line = event.lowerBound
        while line < event.upperBound {
            var end = line
            while end < event.upperBound, bytes[end] != 0x0A, bytes[end] != 0x0D { end += 1 }
            if let value = Self.dataField(bytes, line..<end) {
                for index in value { joined.append(bytes[index]) }
                joined.append(0x0A)
            }
            line = end + 1
        }
        var scan = AnswerScan(
            text: operation == .responses ? .delta : .content, dropsUsage: dropsUsage, report: report)
        guard (try? scan.scan(joined.span, 0)) != nil else { return }
        take(scan)
        if !scan.sortedCuts.isEmpty { cuts.append(event) }
    }

    private mutating func take(_ scan: AnswerScan) {
        report = scan.report
        textBytes += scan.textBytes
        if scan.marker == .end || scan.marker == .image { hasEnded = true }
        if scan.marker == .image { images += 1 }
        if scan.isError || scan.marker == .error { errorSeen = true }
    }
}
