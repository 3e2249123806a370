import NIOHTTP1

/// Which other sites' pages may call the gateway from a browser: the Fetch standard's CORS protocol.
///
/// Keys come in header fields that a page must set itself, never in cookies: whoever is allowed here can do no more than
/// with a key that was given to it.
public struct CrossOrigin: Hashable, Sendable {
    private let origins: Set<String>

    /// Allows some origins, such as `https://portal.example`, or all of them, `*`.
    public init(_ origins: some Sequence<String> = []) { self.origins = Set(origins) }

    /// How long a browser remembers what a preflight was answered, in seconds.
    private static let lifetime = "600"
    /// Fields of answers that pages may read beside those that they always may.
    private static let exposed =
        "content-disposition, idempotent-replayed, request-id, retry-after, x-cache, x-ratelimit-limit-requests, "
        + "x-ratelimit-remaining-requests, x-request-id"

    /// Returns the origin that a request comes from, if it is allowed.
    func origin(of request: HTTPRequestHead) -> String? {
        guard !origins.isEmpty, let origin = request.headers.first(name: "origin") else { return nil }
        return origins.contains(origin) || origins.contains("*") ? origin : nil
    }

    /// Whether a browser asks what it may send before it sends it.
    func isPreflight(_ request: HTTPRequestHead) -> Bool {
        request.method == .OPTIONS && request.headers.contains(name: "access-control-request-method")
    }

    /// The answer to a preflight.
    func preflight(_ request: HTTPRequestHead, from origin: String) -> HTTPHeaders {
        var headers: HTTPHeaders = [
            "access-control-allow-origin": origin, "vary": "origin",
            "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE", "access-control-max-age": Self.lifetime,
        ]
        // Any field may be sent: those that mean nothing here are not looked at.
        if let fields = request.headers.first(name: "access-control-request-headers") {
            headers.add(name: "access-control-allow-headers", value: fields)
        }
        return headers
    }

    /// Tells the browser that the page may read an answer.
    func allow(_ origin: String, in headers: inout HTTPHeaders) {
        headers.add(name: "access-control-allow-origin", value: origin)
        headers.add(name: "access-control-expose-headers", value: Self.exposed)
        headers.add(name: "vary", value: "origin")
    }
}
