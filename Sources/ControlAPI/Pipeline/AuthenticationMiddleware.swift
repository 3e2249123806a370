import Accounts
import Admission
import HTTPTypes
import Hummingbird
import Ledger

/// Finds the owner of the presented key, and refuses keys that may not call the route.
struct AuthenticationMiddleware: RouterMiddleware {
    typealias Context = ControlContext
    let route: ControlRoute
    let admission: RequestAdmission
    let admin: AdminCredential
    let trustedProxies: TrustedProxies

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.address = trustedProxies.client(of: context.peer, forwardedFor: request.headers[values: .forwardedFor])
        context.caller = try authenticate(request, from: context.address)
        return try await next(request, context)
    }

    private func authenticate(_ request: Request, from address: IPAddress?) throws(ControlError) -> Caller {
        guard route.credential != .none else { return .nobody }
        guard let key = request.headers.presentedKey else { throw .unauthorized }
        let caller = try caller(key)
        guard let kind = caller.kind, route.credential.kinds.contains(kind) else {
            throw ControlError(.wrongKeyKind, route.credential.demand)
        }
        switch caller {
        case .nobody, .admin: break
        case .key(let principal):
            guard principal.allows(from: address) else {
                throw ControlError(.addressNotAllowed, "This key may not be used from this address")
            }
        case .management(let principal):
            guard principal.scope == .full || route.method == .get else {
                throw ControlError(.readOnlyKey, "A management key with scope 'full' is required")
            }
        }
        return caller
    }

    private func caller(_ presented: String) throws(ControlError) -> Caller {
        switch admission.authenticate(presented.utf8) {
        case .key(let principal): return .key(principal)
        case .management(let principal): return .management(principal)
        case nil: break
        }
        guard admin.matches(presented) else { throw .unauthorized }
        return .admin
    }
}
