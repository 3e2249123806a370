/// Errors that upstreams send inside of an answer whose status is 200.
extension ProtocolError {
    /// Members by which upstreams describe an error, wherever they put them.
    private struct Members {
        var message: String?
        var type: String?
        var code: String?
        var field: String?
        var status: Int?

        /// Reads the members of the object at `start`, on top of those that are known.
        mutating func read(_ bytes: Span<UInt8>, at start: Int, depth: Int) {
            var members = self
            let end = try? JSONScanner.walkObject(bytes, start, depth: depth) { (key, value) throws(JSONFault) in
                func isKey(_ name: StaticString) -> Bool { JSONScanner.string(bytes, at: key, equals: name) }
                func isError() -> Bool { isKey("error") || isKey("response") }
                if isKey("message") || isKey("detail") {
                    members.message = JSONScanner.string(bytes, at: value) ?? members.message
                } else if isKey("type") {
                    members.type = JSONScanner.string(bytes, at: value) ?? members.type
                } else if isKey("param") {
                    members.field = JSONScanner.string(bytes, at: value) ?? members.field
                } else if isKey("code") || isKey("status") || isKey("status_code") {
                    let status = JSONScanner.integer(bytes, at: value)
                    if let status, (400..<600).contains(status) { members.status = Int(status) }
                    if isKey("code") { members.code = JSONScanner.string(bytes, at: value) ?? members.code }
                } else if depth < 2, isError(), JSONScanner.isObject(bytes, at: value) {
                    members.read(bytes, at: value, depth: depth + 1)
                } else if depth == 0, isError(), let text = JSONScanner.string(bytes, at: value) {
                    members.message = text
                }
                return try JSONScanner.skipValue(bytes, value, depth: depth + 1)
            }
            if end != nil { self = members }
        }
    }

    /// Reads an error from the data of an event: the members of its `error` object, of the error of its response, or its own.
    ///
    /// The status is what the upstream would have answered had it failed before its head was sent: as it says itself, else by
    /// the error's name, else 502.
    init(inEvent data: Span<UInt8>, of upstreamProtocol: UpstreamProtocol) {
        var members = Members()
        members.read(data, at: JSONScanner.skipWhitespace(data, 0), depth: 0)
        let names = [members.code, members.type].compactMap { $0 }
        // Aggregators pass the errors of other protocols on, so those of all protocols count.
        let tables = [upstreamProtocol] + UpstreamProtocol.allCases.filter { $0 != upstreamProtocol }
        let named = tables.lazy.compactMap { table in
            names.lazy.compactMap { table.rules.errorStatuses[$0] }.first
        }.first
        let status = members.status ?? named ?? 502
        self.init(
            status: status, kind: Kind(status: status),
            message: members.message ?? "The upstream ended the answer with an error.", code: members.code,
            field: members.field)
        // The name of the event is none of the error.
        if let type = members.type, tables.contains(where: { $0.rules.errorStatuses[type] != nil }) {
            self.type = type
        }
    }
}

extension ProtocolError.Kind {
    /// The kind of an upstream's error with a status.
    init(status: Int) {
        self =
            switch status {
            case 401: .authentication
            case 402: .insufficientFunds
            case 403: .permission
            case 404: .notFound
            case 413: .tooLarge
            case 429: .rateLimit
            case 503, 529: .overloaded
            case 400..<500: .invalidRequest
            default: .failure
            }
    }
}
