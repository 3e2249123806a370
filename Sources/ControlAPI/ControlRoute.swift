import Accounts
import Admission
import Foundation
import HTTPTypes
import HummingbirdCore
import Ledger

/// One row of the table of routes: there is no way into the control plane but through it.
struct ControlRoute: Sendable {
    var method: HTTPRequest.Method
    /// The path; `:id` stands for a part of it.
    var path: String
    var credential: RequiredCredential
    /// Whether it accepts an `Idempotency-Key`.
    var isRepeatable: Bool
    /// Whether nothing of its body may be kept in the audit log.
    var isBodySecret: Bool
    /// Largest body, in bytes.
    var maximumBody: Int
    /// How often one credential may call it.
    var limit: EndpointLimit?
    /// What an error looks like.
    var errors: ErrorDialect
    var handler: @Sendable (ControlRequest) async throws -> ControlAnswer

    /// Creates a route whose answer is anything.
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

    /// What the route is called: `POST /sub-keys`.
    var name: String { "\(method.rawValue) \(path)" }
}

/// What a route answers when all is well.
struct ControlAnswer: Sendable {
    enum Body: Sendable {
        case json(JSON)
        /// Lines of comma-separated values, as they come.
        case csv(@Sendable (_ write: (String) async throws -> Void) async throws -> Void)
    }

    var headers: HTTPFields = [:]
    var body: Body

    static func json(_ value: JSON) -> ControlAnswer { ControlAnswer(body: .json(value)) }
}

/// A request whose credential has been checked.
struct ControlRequest: Sendable {
    var caller: Caller
    /// Who asks for the change that the request is, if it is one.
    var actor: AuditActor
    /// What stands for `:id` in the path.
    var id: String?
    var uri: URI
    var headers: HTTPFields
    var body: Data
    /// What the call is recognised by, if its route accepts that and it names it.
    var identity: IdempotencyKey?

    /// Returns the call for whoever applies it, if it is to be applied once.
    func call<Outcome>(_ answer: @escaping @Sendable (Outcome) throws -> JSON) -> ManagementCall<Outcome>? {
        identity.map { identity in
            ManagementCall(identity: identity) { try answer($0).utf8 }
        }
    }

    /// The account of the caller, on a route that asks for somebody who has one.
    var accountID: AccountID {
        get throws(ControlError) {
            guard let id = caller.accountID else { throw .unauthorized }
            return id
        }
    }

    /// The key of the caller, on a route that asks for one that spends.
    var key: Principal {
        get throws(ControlError) {
            guard case .key(let principal) = caller else { throw .unauthorized }
            return principal
        }
    }
}
