import Foundation
import Hummingbird
import NIOCore
import NIOFoundationEssentialsCompat

/// Reads the whole body, at most as many bytes as the route accepts.
struct BodyMiddleware: RouterMiddleware {
    typealias Context = ControlContext
    let route: ControlRoute

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var context = context
        do {
            context.body = Data(buffer: try await request.body.collect(upTo: route.maximumBody))
        } catch {
            throw ControlError(.bodyTooLarge, "Request body is larger than \(route.maximumBody) bytes")
        }
        return try await next(request, context)
    }
}
