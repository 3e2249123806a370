import Accounts
import Admission
import Ledger

/// The kinds of credential that there are.
enum CredentialKind: Hashable, Sendable, CaseIterable {
    case admin
    case account
    case management
    case client
    case webToken

    /// With its article, for people.
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

/// Who may call a route.
struct RequiredCredential: Hashable, Sendable {
    /// Empty for everybody.
    let kinds: [CredentialKind]

    static let none = RequiredCredential(kinds: [])
    static let adminKey = RequiredCredential(kinds: [.admin])
    static let accountKey = RequiredCredential(kinds: [.account])
    static let managementKey = RequiredCredential(kinds: [.management])
    static let accountOrManagementKey = RequiredCredential(kinds: [.account, .management])
    static let clientKey = RequiredCredential(kinds: [.client])

    /// What somebody with another kind is told.
    var demand: String {
        let names = kinds.map(\.name).joined(separator: " or ")
        return names.prefix(1).uppercased() + names.dropFirst() + " is required"
    }
}

/// Who has called.
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

    /// What stands for the credential where calls are counted.
    var countedAs: String {
        switch self {
        case .nobody: ""
        case .admin: "admin"
        case .key(let principal): "key \(principal.keyID.rawValue)"
        case .management(let principal): "management \(principal.keyID.rawValue)"
        }
    }

    /// Returns the actor of a change that the caller asks for.
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
