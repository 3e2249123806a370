import Foundation
import HTTPTypes
import Hummingbird
import Ledger

/// Describes who asks for which change, for the audit log. Follows authentication and the reading of the body.
///
/// The line of the audit log itself is written by the ledger, in the transaction of the change.
struct AuditMiddleware: RouterMiddleware {
    typealias Context = ControlContext
    let route: ControlRoute

    /// Longest body that the audit log keeps, in bytes.
    private static let longestChanges = 8192

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.actor = context.caller.actor(
            of: "\(route.method.rawValue) \(request.uri.path)", from: context.address,
            changes: route.isBodySecret ? JSON.object([]).text : Self.changes(in: context.body))
        return try await next(request, context)
    }

    /// Returns what the audit log keeps of a body: its fields, or its length if it is too long or no JSON.
    static func changes(in body: Data) -> String {
        if body.isEmpty { return JSON.object([]).text }
        guard body.count <= longestChanges, let fields = try? JSONDecoder().decode(JSON.self, from: body) else {
            return JSON.object([("bytes", .integer(body.count))]).text
        }
        return fields.text
    }
}
