/// Errors by which an upstream says that a request violates its policies.
public enum PolicyError {
    /// Returns whether an answer, or the data of an event, is such an error.
    public static func isReported(in body: Span<UInt8>, _ upstreamProtocol: UpstreamProtocol) -> Bool {
        let codes = upstreamProtocol.rules.policyErrorCodes
        let start = JSONScanner.skipWhitespace(body, 0)
        guard !codes.isEmpty, JSONScanner.isObject(body, at: start) else { return false }
        var isReported = false
        func readError(_ error: Int) {
            JSONScanner.visitMembers(body, error) { key, value in
                guard
                    JSONScanner.string(body, at: key, equals: "code")
                        || JSONScanner.string(body, at: key, equals: "type")
                else { return }
                if let code = JSONScanner.string(body, at: value), codes.contains(code) { isReported = true }
            }
        }
        // A stream may put the code into the event itself, or into the response that the event carries.
        readError(start)
        JSONScanner.visitMembers(body, start) { key, value in
            if JSONScanner.string(body, at: key, equals: "error") { readError(value) }
            guard JSONScanner.string(body, at: key, equals: "response") else { return }
            JSONScanner.visitMembers(body, value) { key, value in
                if JSONScanner.string(body, at: key, equals: "error") { readError(value) }
            }
        }
        return isReported
    }
}
