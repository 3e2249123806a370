import Admission
import HTTPTypes
import Hummingbird
import Logging

/// Answers errors in the dialect of the route, and logs those that the operator must know of.
struct ErrorMiddleware: RouterMiddleware {
    typealias Context = ControlContext
    let route: ControlRoute
    let logger: Logger

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as ControlError {
            return answer(error)
        } catch let error as ManagementError {
            switch error {
            case .unavailable, .vault:
                logger.error("management call failed", metadata: ["route": "\(route.name)", "reason": "\(error)"])
            default: break
            }
            return answer(ControlError(error))
        } catch {
            logger.error("request failed", metadata: ["route": "\(route.name)", "reason": "\(error)"])
            return answer(.internalError)
        }
    }

    private func answer(_ error: ControlError) -> Response {
        var response = Response.json(error.status, error.body(route.errors))
        if let seconds = error.retryAfter { response.headers[.retryAfter] = String(seconds) }
        return response
    }
}
