import Accounts
import Foundation
import Hummingbird
import Ledger
import NIOCore

/// The context of a request: what the middleware of the control plane has found out so far.
///
/// ``AuthenticationMiddleware`` fills in `caller` and `address`, ``BodyMiddleware`` the body, ``AuditMiddleware`` the actor,
/// ``IdempotencyMiddleware`` the idempotency key.
public struct ControlContext: RequestContext {
    public var coreContext: CoreRequestContextStorage
    /// Address of the other end of the connection.
    let peer: IPAddress?
    /// Address of the client, which a trusted proxy may have forwarded.
    var address: IPAddress?
    /// Owner of the presented key.
    var caller = Caller.nobody
    /// The whole request body.
    var body = Data()
    /// Who is recorded in the audit log for a change.
    var actor = Caller.nobody.actor(of: "", from: nil, changes: "{}")
    /// Identifies the call, on a route that accepts an `Idempotency-Key`, if the request has one.
    var idempotencyKey: IdempotencyKey?

    public init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        peer = source.channel.remoteAddress?.ipAddress.flatMap { IPAddress($0) }
    }
}
