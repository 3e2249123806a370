import Accounts
import Admission
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Ledger

/// A row of the route table, which lists every route of the control plane that needs a key.
struct ControlRoute: Sendable {
    var method: HTTPRequest.Method
    /// The path in the router's syntax: `:id` is a parameter.
    var path: String
    var credential: RequiredCredential
    /// Whether it accepts an `Idempotency-Key`.
    var isRepeatable: Bool
    /// Whether its body holds a secret and is kept out of the audit log.
    var isBodySecret: Bool
    /// Largest body, in bytes.
    var maximumBody: Int
    /// The rate limit of one credential.
    var limit: EndpointLimit?
    /// The shape of its errors.
    var errors: ErrorDialect
    var handler: @Sendable (ControlRequest) async throws -> ControlAnswer

    /// Creates a route that chooses the format and headers of its answer.
    init(
        _ method: HTTPRequest.Method, _ path: String, _ credential: RequiredCredential, isRepeatable: Bool = false,
        isBodySecret: Bool = false, maximumBody: Int = 64 << 10, limit: EndpointLimit? = nil,
        errors: ErrorDialect = .text,
        answering handler: @escaping @Sendable (ControlRequest) async throws -> ControlAnswer
    ) {
        self.method = method
        self.path = path
        self.credential = credential
        self.isRepeatable = isRepeatable
        self.isBodySecret = isBodySecret
        self.maximumBody = maximumBody
        self.limit = limit
        self.errors = errors
        self.handler = handler
    }

    /// Creates a route whose answer is JSON.
    init(
        _ method: HTTPRequest.Method, _ path: String, _ credential: RequiredCredential, isRepeatable: Bool = false,
        isBodySecret: Bool = false, maximumBody: Int = 64 << 10, limit: EndpointLimit? = nil,
        errors: ErrorDialect = .text,
        _ handler: @escaping @Sendable (ControlRequest) async throws -> JSON
    ) {
        self.init(
            method, path, credential, isRepeatable: isRepeatable, isBodySecret: isBodySecret, maximumBody: maximumBody,
            limit: limit,
            errors: errors, answering: { .json(try await handler($0)) })
    }

    /// Method and path: `POST /sub-keys`.
    var name: String { "\(method.rawValue) \(path)" }
}

/// A request that has passed the pipeline, as route handlers see it.
struct ControlRequest: Sendable {
    let caller: Caller
    /// Who is recorded in the audit log for the change.
    let actor: AuditActor
    /// The parameter `:id` of the path.
    let id: String?
    let uri: URI
    let headers: HTTPFields
    let body: Data
    /// Identifies the call, if its route accepts an `Idempotency-Key` and the request has one.
    let idempotencyKey: IdempotencyKey?

    init(_ request: Request, _ context: ControlContext) {
        caller = context.caller
        actor = context.actor
        id = context.parameters.get("id")
        uri = request.uri
        headers = request.headers
        body = context.body
        idempotencyKey = context.idempotencyKey
    }

    /// Returns the call for the command that applies it, or nil if it has no `Idempotency-Key`.
    ///
    /// - Parameter answer: Makes the answer that is stored with the command.
    func call<Outcome>(_ answer: @escaping @Sendable (Outcome) throws -> JSON) -> ManagementCall<Outcome>? {
        idempotencyKey.map { key in
            ManagementCall(identity: key) { try answer($0).utf8 }
        }
    }

    /// The account of the caller.
    ///
    /// - Throws: 401 if the caller has no account.
    var accountID: AccountID {
        get throws(ControlError) {
            guard let id = caller.accountID else { throw .unauthorized }
            return id
        }
    }

    /// The caller's key, which pays for requests.
    ///
    /// - Throws: 401 if the caller has no such key.
    var key: Principal {
        get throws(ControlError) {
            guard case .key(let principal) = caller else { throw .unauthorized }
            return principal
        }
    }
}
