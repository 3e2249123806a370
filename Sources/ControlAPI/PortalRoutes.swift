import HTTPTypes
import Hummingbird
import NIOCore
import Portal

/// Serves the pages and what they load: compressed where the client takes it, and not again what it has.
struct PortalRoutes: Sendable {
    /// Path of the assets in the router. Its first parameter is the digest of all of them.
    static let assetPath = "/assets/:version/:folder/:name"

    private let assets = Dictionary(uniqueKeysWithValues: PortalFile.assets.map { ($0.path, $0) })

    func add(to router: Router<ControlContext>) {
        for page in PortalFile.pages {
            router.get(RouterPath(page.path)) { request, _ in Self.answer(page, request.headers) }
        }
        router.get(RouterPath(Self.assetPath)) { [assets] request, _ in
            // Assets of another build are not there: an answer is kept for good under its path.
            guard let file = assets[request.uri.path] else {
                return Response.json(.notFound, ControlError(.notFound, "Not found").body(.text))
            }
            return Self.answer(file, request.headers)
        }
    }

    /// Returns the answer to a request with these header fields.
    static func answer(_ file: PortalFile, _ request: HTTPFields) -> Response {
        let isCompressed = file.compressed != nil && acceptsGzip(request[values: .acceptEncoding])
        let chosen = isCompressed ? file.compressed ?? file.plain : file.plain
        var headers: HTTPFields = [
            .contentType: file.contentType, .eTag: chosen.tag, .cacheControl: file.caching.rawValue,
            .xContentTypeOptions: "nosniff", .contentSecurityPolicy: PortalFile.contentSecurityPolicy,
        ]
        if file.compressed != nil { headers[.vary] = "Accept-Encoding" }
        headers[.init("referrer-policy") ?? .referer] = "no-referrer"
        if isKnown(chosen.tag, request[values: .ifNoneMatch]) {
            return Response(status: .notModified, headers: headers)
        }
        if isCompressed { headers[.contentEncoding] = "gzip" }
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: chosen.bytes)))
    }

    /// Returns whether `Accept-Encoding` names gzip, or everything, with a quality above zero (RFC 9110, 12.5.3).
    static func acceptsGzip(_ fields: [String]) -> Bool {
        var quality: [Substring: Double] = [:]
        for item in fields.joined(separator: ",").split(separator: ",") {
            let parts = item.split(separator: ";").map { $0.drop { $0 == " " } }
            guard let coding = parts.first else { continue }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
            quality[Substring(coding.lowercased().split(separator: " ").first ?? "")] = weight
        }
        return (quality["gzip"] ?? quality["*"] ?? 0) > 0
    }

    /// Returns whether `If-None-Match` names the tag (weak comparison, RFC 9110, 13.1.2).
    private static func isKnown(_ tag: String, _ fields: [String]) -> Bool {
        fields.joined(separator: ",").split(separator: ",").contains { item in
            let name = item.drop { $0 == " " }.split(separator: " ").first ?? ""
            return name == "*" || name == tag || name == "W/" + tag
        }
    }
}
