import Accounts
import Admission
import Ledger

/// The kinds of credentials.
enum CredentialKind: Hashable, Sendable, CaseIterable {
    case admin
    case account
    case management
    case client
    case webToken

    /// The name with its article, for messages: `an account key`.
    var name: String {
        switch self {
        case .admin: "an admin key"
        case .account: "an account key"
        case .management: "a management key"
        case .client: "a client key"
        case .webToken: "a web token"
        }
    }
}

/// The kinds of credentials that may call a route.
struct RequiredCredential: Hashable, Sendable {
    /// The accepted kinds; empty if no credential is needed.
    let kinds: [CredentialKind]

    static let none = RequiredCredential(kinds: [])
    static let adminKey = RequiredCredential(kinds: [.admin])
    static let accountKey = RequiredCredential(kinds: [.account])
    static let managementKey = RequiredCredential(kinds: [.management])
    static let accountOrManagementKey = RequiredCredential(kinds: [.account, .management])
    static let clientKey = RequiredCredential(kinds: [.client])

    /// The message for a caller with another kind of credential.
    var demand: String {
        let names = kinds.map(\.name).joined(separator: " or ")
        return names.prefix(1).uppercased() + names.dropFirst() + " is required"
    }
}

/// The owner of the presented credential.
enum Caller: Sendable {
    case nobody
    case admin
    case key(Principal)
    case management(ManagementPrincipal)

    var kind: CredentialKind? {
        switch self {
        case .nobody: nil
        case .admin: .admin
        case .management: .management
        case .key(let principal):
            switch principal.kind {
            case .account: .account
            case .client: .client
            case .webTokens: .webToken
            }
        }
    }

    var accountID: AccountID? {
        switch self {
        case .nobody, .admin: nil
        case .key(let principal): principal.accountID
        case .management(let principal): principal.accountID
        }
    }

    /// Identifies the credential in rate limits.
    var countedAs: String {
        switch self {
        case .nobody: ""
        case .admin: "admin"
        case .key(let principal): "key \(principal.keyID.rawValue)"
        case .management(let principal): "management \(principal.keyID.rawValue)"
        }
    }

    /// Returns the actor that the audit log records for a change by the caller.
    func actor(of action: String, from address: IPAddress?, changes: String) -> AuditActor {
        let (role, credential): (AuditActor.Role, String) =
            switch self {
            case .nobody: (.gateway, "nobody")
            case .admin: (.operator, "admin key")
            case .key(let principal): (principal.kind == .client ? .client : .account, principal.displayID)
            case .management(let principal): (.managementKey, principal.displayID)
            }
        return AuditActor(
            role: role, accountID: accountID, credential: credential, address: address?.description, action: action,
            changes: changes)
    }
}
