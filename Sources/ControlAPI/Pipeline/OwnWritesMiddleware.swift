import Admission
import Hummingbird

/// Waits until the ledger contains everything that the caller's account has done: a client that reads its log right after an
/// answer finds the request in it.
///
/// Writes of other accounts are not waited for. The operator reads all accounts, and waits for all of them.
struct OwnWritesMiddleware: RouterMiddleware {
    typealias Context = ControlContext
    let admission: RequestAdmission

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        await admission.settled(context.caller.accountID)
        return try await next(request, context)
    }
}
