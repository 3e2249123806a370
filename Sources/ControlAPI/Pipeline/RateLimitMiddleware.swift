import Hummingbird
import Timekeeping

/// Limits how often one credential may call the route. Follows authentication.
struct RateLimitMiddleware: RouterMiddleware {
    typealias Context = ControlContext
    let route: ControlRoute
    let limits: EndpointLimits
    let time: any TimeSource

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        if let limit = route.limit {
            let now = time.monotonicNanoseconds()
            let wait = limits.count(route.name, of: context.caller.countedAs, within: limit, now: now)
            guard wait == nil else {
                throw ControlError(
                    .rateLimited,
                    "Rate limit reached: \(limit.burst) requests per 10 seconds and \(limit.perMinute) per minute",
                    retryAfter: wait)
            }
        }
        return try await next(request, context)
    }
}
