import Admission
import Foundation
import HTTPTypes
import HummingbirdCore
import Ledger

/// Who may call a route.
enum RequiredCredential: Sendable {
    case none
    case accountKey
    case clientKey
    case adminKey
}

/// One row of the table of routes: there is no way into the control plane but through it.
struct ControlRoute: Sendable {
    var method: HTTPRequest.Method
    /// The path; `:id` stands for a part of it.
    var path: String
    var credential: RequiredCredential
    /// Whether it accepts an `Idempotency-Key`.
    var isRepeatable: Bool
    /// Largest body, in bytes.
    var maximumBody: Int
    var handler: @Sendable (ControlRequest) async throws -> JSON

    init(
        _ method: HTTPRequest.Method, _ path: String, _ credential: RequiredCredential, isRepeatable: Bool = false,
        maximumBody: Int = 64 << 10,
        _ handler: @escaping @Sendable (ControlRequest) async throws -> JSON
    ) {
        self.method = method
        self.path = path
        self.credential = credential
        self.isRepeatable = isRepeatable
        self.maximumBody = maximumBody
        self.handler = handler
    }
}

/// A request whose credential has been checked.
struct ControlRequest: Sendable {
    /// Whose key it is; nil on routes that ask for none or for the operator's.
    var principal: Principal?
    /// What stands for `:id` in the path.
    var id: String?
    var uri: URI
    var body: Data
    /// What the call is recognised by, if its route accepts that and it names it.
    var identity: CallIdentity?

    /// Returns the call for whoever applies it, if it is to be applied once.
    func call<Outcome>(_ answer: @escaping @Sendable (Outcome) throws -> JSON) -> ManagementCall<Outcome>? {
        identity.map { identity in
            ManagementCall(identity: identity) { Array(try answer($0).text.utf8) }
        }
    }

    /// The principal of a route that asks for a key.
    var caller: Principal {
        get throws(ControlError) {
            guard let principal else { throw .unauthorized }
            return principal
        }
    }
}
