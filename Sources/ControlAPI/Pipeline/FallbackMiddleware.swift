import HTTPTypes
import Hummingbird

/// Answers what no route takes: 405 where the path is known, else 404, in JSON like everything else.
struct FallbackMiddleware: RouterMiddleware {
    typealias Context = ControlContext
    let routes: [ControlRoute]
    let open: [String]

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            let known = routes.filter { Self.matches(request.uri.path, $0.path) }
            let isAsset = Self.matches(request.uri.path, PortalRoutes.assetPath) && request.method != .get
            let methods = open.contains(request.uri.path) || isAsset ? [.get] : known.map(\.method)
            guard !methods.isEmpty else {
                // Below /v1 the dialects answer with objects.
                let errors: ErrorDialect = request.uri.path.hasPrefix("/v1/") ? .object() : .text
                return Response.json(.notFound, ControlError(.notFound, "Not found").body(errors))
            }
            let error = ControlError(.methodNotAllowed, "Method not allowed")
            var response = Response.json(.methodNotAllowed, error.body(known.first?.errors ?? .text))
            response.headers[.allow] = methods.map(\.rawValue).joined(separator: ", ")
            return response
        }
    }

    private static func matches(_ path: String, _ pattern: String) -> Bool {
        let parts = path.split(separator: "/")
        let expected = pattern.split(separator: "/")
        return parts.count == expected.count && zip(parts, expected).allSatisfy { $1.hasPrefix(":") || $0 == $1 }
    }
}
