/// The end user of a request.
enum AnthropicEndUser {
    /// Returns where a request names its end user, `metadata.user_id`; nil if `metadata` is not an object.
    ///
    /// Claude Code writes its session into the name, by which aggregators keep a session on one channel. That part stays.
    ///
    /// - Parameter metadata: Position of the value of `metadata`, if there is one.
    static func place(_ body: Span<UInt8>, object: Int, metadata: Int?) -> EndUserPlace? {
        guard let metadata else {
            return .inserted(into: object, body, before: #""metadata":{"user_id":""#, after: #""}"#)
        }
        if JSONScanner.isNull(body, at: metadata) {
            return .value(at: metadata, body, before: #"{"user_id":""#, after: #""}"#)
        }
        guard JSONScanner.isObject(body, at: metadata) else { return nil }
        var current: Int?
        JSONScanner.visitMembers(body, metadata) { key, value in
            if JSONScanner.string(body, at: key, equals: "user_id") { current = value }
        }
        guard let current else { return .inserted(into: metadata, body, before: #""user_id":""#, after: "\"") }
        guard let session = JSONScanner.string(body, at: current).flatMap(session) else {
            return .value(at: current, body, before: "\"", after: "\"")
        }
        return .value(at: current, body, before: "\"user_", after: "_account__session_\(session)\"")
    }

    /// Returns the session in a name of Claude Code's: `user_..._session_SESSION`, or an object with `session_id`.
    private static func session(in name: String) -> String? {
        var session: String?
        if let mark = name.utf8.lastRange(of: Array("_session_".utf8)) {
            session = String(name[mark.upperBound...])
        } else {
            let bytes = Array(name.utf8)
            guard (try? JSONScanner.skipValue(bytes.span, 0)) != nil else { return nil }
            JSONScanner.visitMembers(bytes.span, 0) { key, value in
                if JSONScanner.string(bytes.span, at: key, equals: "session_id") {
                    session = JSONScanner.string(bytes.span, at: value)
                }
            }
        }
        // Nothing but a UUID: the name is the client's.
        return session.flatMap { session in
            session.utf8.count == 36 && session.utf8.allSatisfy { JSONScanner.hexDigit($0) != nil || $0 == 0x2D }
                ? session : nil
        }
    }
}

extension String.UTF8View {
    /// Returns the last range in which some bytes stand; nil if they do not.
    fileprivate func lastRange(of text: [UInt8]) -> Range<Index>? {
        var end = endIndex
        while let start = index(end, offsetBy: -text.count, limitedBy: startIndex) {
            if self[start..<end].elementsEqual(text) { return start..<end }
            end = index(before: end)
        }
        return nil
    }
}
