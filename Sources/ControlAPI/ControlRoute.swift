import Admission
import Foundation
import HTTPTypes
import HummingbirdCore

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
    var handler: @Sendable (ControlRequest) async throws -> JSON

    init(
        _ method: HTTPRequest.Method, _ path: String, _ credential: RequiredCredential,
        _ handler: @escaping @Sendable (ControlRequest) async throws -> JSON
    ) {
        self.method = method
        self.path = path
        self.credential = credential
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

    /// The principal of a route that asks for a key.
    var caller: Principal {
        get throws(ControlError) {
            guard let principal else { throw .unauthorized }
            return principal
        }
    }
}
