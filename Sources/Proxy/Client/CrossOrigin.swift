import Accounts
import NIOHTTP1

/// Origins whose pages may call the gateway from a browser, by the CORS protocol of the Fetch standard.
///
/// Keys are sent in header fields that a page must set itself, never in cookies, so an allowed origin can do nothing without a
/// key.
public struct CrossOrigin: Hashable, Sendable {
    private let origins: Set<String>

    /// Allows some origins, such as `https://portal.example`, or all of them, `*`.
    public init(_ origins: some Sequence<String> = []) { self.origins = Set(origins) }

    /// Time for which a browser caches the answer to a preflight, in seconds.
    private static let lifetime = "600"
    /// Response header fields that pages may read beside those that the standard always allows.
    private static let exposed =
        "content-disposition, idempotent-replayed, request-id, retry-after, x-cache, x-ratelimit-limit-requests, "
        + "x-ratelimit-remaining-requests, x-request-id"

    /// Returns the origin of a request, if it is allowed.
    func origin(of request: HTTPRequestHead) -> String? {
        guard !origins.isEmpty, let origin = request.headers.first(name: HeaderName.origin) else { return nil }
        return origins.contains(origin) || origins.contains("*") ? origin : nil
    }

    /// Whether the request is a preflight.
    func isPreflight(_ request: HTTPRequestHead) -> Bool {
        request.method == .OPTIONS && request.headers.contains(name: "access-control-request-method")
    }

    /// Returns the header fields of the answer to a preflight.
    func preflight(_ request: HTTPRequestHead, from origin: String) -> HTTPHeaders {
        var headers: HTTPHeaders = [
            "access-control-allow-origin": origin, "vary": "origin",
            "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE", "access-control-max-age": Self.lifetime,
        ]
        // Every requested field is allowed: unknown ones are ignored.
        if let fields = request.headers.first(name: "access-control-request-headers") {
            headers.add(name: "access-control-allow-headers", value: fields)
        }
        return headers
    }

    /// Adds the header fields that allow the page to read an answer.
    func allow(_ origin: String, in headers: inout HTTPHeaders) {
        headers.add(name: "access-control-allow-origin", value: origin)
        headers.add(name: "access-control-expose-headers", value: Self.exposed)
        headers.add(name: HeaderName.vary, value: "origin")
    }
}
