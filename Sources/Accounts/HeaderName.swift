/// Names of the HTTP header fields that more than one file reads or writes, in lower case.
///
/// They are texts and not values of an HTTP library: the data path and the control plane use different ones.
public enum HeaderName {
    // Requests
    @inlinable public static var host: String { "host" }
    @inlinable public static var authorization: String { "authorization" }
    @inlinable public static var apiKey: String { "x-api-key" }
    @inlinable public static var forwardedFor: String { "x-forwarded-for" }
    @inlinable public static var idempotencyKey: String { "idempotency-key" }
    @inlinable public static var expect: String { "expect" }
    @inlinable public static var origin: String { "origin" }

    // Both directions
    @inlinable public static var connection: String { "connection" }
    @inlinable public static var contentEncoding: String { "content-encoding" }
    @inlinable public static var contentLength: String { "content-length" }
    @inlinable public static var contentType: String { "content-type" }
    @inlinable public static var transferEncoding: String { "transfer-encoding" }
    @inlinable public static var upgrade: String { "upgrade" }

    // Responses
    @inlinable public static var allow: String { "allow" }
    /// The request's identifier, on paths of the control plane and on unknown ones. A protocol's rules name its own.
    @inlinable public static var requestID: String { "x-request-id" }
    @inlinable public static var retryAfter: String { "retry-after" }
    @inlinable public static var idempotentReplayed: String { "idempotent-replayed" }
    @inlinable public static var cacheStatus: String { "x-cache" }
    @inlinable public static var referrerPolicy: String { "referrer-policy" }
    @inlinable public static var vary: String { "vary" }
}
