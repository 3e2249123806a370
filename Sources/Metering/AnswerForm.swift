/// The form of an answer by its first bytes: upstreams send streams under other labels than `text/event-stream`, or none.
public enum AnswerForm: Sendable {
    /// Server-sent events: a comment or a field begins it.
    case events
    /// A JSON object.
    case json
    /// A JSON array.
    case array
    /// Neither.
    case other
    /// Too little has come to tell.
    case undecided

    private static let fields: [StaticString] = ["data", "event", "id", "retry"]

    /// Returns the form of an answer that begins with some bytes. A byte order mark and white space are skipped.
    public static func of(_ bytes: Span<UInt8>) -> AnswerForm {
        let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let hasMark = (0..<3).allSatisfy { $0 < bytes.count && bytes[$0] == byteOrderMark[$0] }
        let start = JSONScanner.skipWhitespace(bytes, hasMark ? 3 : 0)
        guard start < bytes.count else { return .undecided }
        switch bytes[start] {
        case UInt8(ascii: "{"): return .json
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: ":"): return .events
        case byteOrderMark[0] where !hasMark && bytes.count < 3: return .undecided
        default: break
        }
        var isPossible = false
        for field in fields {
            switch match(bytes, start, field) {
            case .events: return .events
            case .undecided: isPossible = true
            case .json, .array, .other: break
            }
        }
        return isPossible ? .undecided : .other
    }

    /// Whether a field and its colon stand at `start`.
    private static func match(_ bytes: Span<UInt8>, _ start: Int, _ field: StaticString) -> AnswerForm {
        field.withUTF8Buffer { name in
            for index in name.indices {
                guard start + index < bytes.count else { return .undecided }
                guard bytes[start + index] == name[index] else { return .other }
            }
            guard start + name.count < bytes.count else { return .undecided }
            return bytes[start + name.count] == UInt8(ascii: ":") ? .events : .other
        }
    }
}
