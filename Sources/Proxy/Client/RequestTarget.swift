/// The target of a request in origin form: an absolute path with an optional query.
///
/// This is the one place that reads targets. Proxy routing, control routing and static files see the same text, and
/// none of them decodes it before it has chosen a route:
///
/// - An absolute URI (`http://host/path`) becomes its path and query; its authority is checked and not used.
/// - Percent-encoding is kept. `%2F` is data inside a segment and never a separator, so that `/v1%2Fmodels` is an unknown
///   path.
/// - A path with an empty segment or a dot segment is refused, also where it only has one once it is decoded: `//`,
///   `/../`, `/%2e%2e/`, `/..%2f`. A single slash at the end is accepted.
struct RequestTarget: Equatable {
    /// Path and query.
    let uri: String
    /// Length of the path in the text, in bytes.
    let pathLength: Int

    /// Reads the target of a request.
    init(parsing target: String) throws(HTTPFault) {
        if target.utf8.first == UInt8(ascii: "/") {
            uri = target
        } else {
            uri = try Self.originForm(of: target)
        }
        pathLength = try Self.pathLength(uri.utf8.span)
    }

    /// The path without the query.
    var path: Substring { uri.utf8.count == pathLength ? uri[...] : Substring(uri.utf8.prefix(pathLength)) }

    /// Returns path and query of an absolute http or https URI.
    private static func originForm(of uri: String) throws(HTTPFault) -> String {
        let schemes = ["http://", "https://"]
        guard let scheme = schemes.first(where: { uri.prefix($0.count).lowercased() == $0 }) else {
            throw .invalidTarget
        }
        let rest = uri.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard !authority.isEmpty, isHost(authority.utf8) else { throw .invalidTarget }
        let pathAndQuery = rest.dropFirst(authority.count)
        return pathAndQuery.first == "/" ? String(pathAndQuery) : "/" + pathAndQuery
    }

    /// Whether bytes are a host with an optional port, or nothing. User information is not accepted.
    static func isHost(_ bytes: some Sequence<UInt8>) -> Bool {
        bytes.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-._~:[]%!$&'()*+,;=".utf8.contains(byte)
            }
        }
    }

    /// Checks path and query, and returns the length of the path.
    private static func pathLength(_ bytes: Span<UInt8>) throws(HTTPFault) -> Int {
        guard bytes.count > 0, bytes[0] == UInt8(ascii: "/") else { throw .invalidTarget }
        var segment = Segment()
        var position = 1
        while position < bytes.count, bytes[position] != UInt8(ascii: "?") {
            var byte = bytes[position]
            position += 1
            guard isAllowed(byte) else { throw .invalidTarget }
            if byte == UInt8(ascii: "%") {
                guard position + 1 < bytes.count, let high = hexDigit(bytes[position]),
                    let low = hexDigit(bytes[position + 1])
                else { throw .invalidTarget }
                byte = high << 4 | low
                // An encoded control character has no place in a path, a log or an identifier.
                guard byte >= 0x20, byte != 0x7F else { throw .invalidTarget }
                position += 2
            }
            if byte == UInt8(ascii: "/") || byte == UInt8(ascii: "\\") {
                guard !segment.isEmpty, !segment.isDots else { throw .ambiguousPath }
                segment = Segment()
            } else {
                segment.add(byte)
            }
        }
        guard !segment.isDots else { throw .ambiguousPath }
        let length = position
        while position < bytes.count {
            guard isAllowed(bytes[position]) else { throw .invalidTarget }
            position += 1
        }
        return length
    }

    private struct Segment {
        private var length = 0
        private var dots = 0

        var isEmpty: Bool { length == 0 }
        /// `.` or `..`
        var isDots: Bool { dots == length && (1...2).contains(length) }

        mutating func add(_ byte: UInt8) {
            length += 1
            if byte == UInt8(ascii: ".") { dots += 1 }
        }
    }

    /// Visible ASCII without the beginning of a fragment.
    private static func isAllowed(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "#")
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}
