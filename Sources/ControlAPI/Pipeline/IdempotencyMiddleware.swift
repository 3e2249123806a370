import Accounts
import Admission
import Foundation
import HTTPTypes
import Hummingbird
import Ledger

/// Answers a call whose `Idempotency-Key` was used before with the first answer, and applies it only once.
///
/// The first answer is stored by the ledger, in the transaction of the change.
struct IdempotencyMiddleware: RouterMiddleware {
    typealias Context = ControlContext
    let route: ControlRoute
    let answers: IdempotentAnswers
    let ledger: any IdempotencyReader
    let locks: IdempotencyLocks

    private static let longestKey = 255

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard let key = try key(of: request, context) else { return try await next(request, context) }
        guard locks.begin(key) else {
            throw ControlError(
                .idempotencyKeyBusy, "A call with this Idempotency-Key is in progress; try again",
                field: "Idempotency-Key")
        }
        defer { locks.end(key) }
        if let earlier = try await answers.earlierAnswer(to: key, in: ledger) {
            var response = Response.json(.ok, .serialized(earlier))
            response.headers[.idempotentReplayed] = "true"
            return response
        }
        var context = context
        context.idempotencyKey = key
        return try await next(request, context)
    }

    private func key(of request: Request, _ context: Context) throws(ControlError) -> IdempotencyKey? {
        guard route.isRepeatable, let name = request.headers[.idempotencyKey] else { return nil }
        guard !name.isEmpty, name.utf8.count <= Self.longestKey,
            name.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw .invalid("Idempotency-Key", "1 to 255 visible ASCII characters") }
        let described = Array("\(route.method.rawValue) \(request.uri.path)\n".utf8) + context.body
        guard let digest = answers.digest(ofRequest: described) else { throw .internalError }
        return IdempotencyKey(caller: context.caller.accountID, name: name, requestDigest: digest)
    }
}
