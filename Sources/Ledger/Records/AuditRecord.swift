import Accounts
import Timekeeping

/// Who asked for a change, as the audit log records it. Never holds a secret.
public struct AuditActor: Hashable, Sendable {
    /// The kind of the credential.
    public enum Role: Int, Hashable, Sendable, CaseIterable {
        /// None: a change by the gateway itself.
        case gateway = 0
        /// The operator's key.
        case `operator` = 1
        /// An account key.
        case account = 2
        /// A management key.
        case managementKey = 3
        /// A client key.
        case client = 4

        /// Its name in the APIs.
        public var name: String {
            switch self {
            case .gateway: "gateway"
            case .operator: "admin"
            case .account: "account"
            case .managementKey: "management"
            case .client: "client"
            }
        }
    }

    /// The kind of the credential.
    public var role: Role
    /// The account of the credential, if it has one.
    public var accountID: AccountID?
    /// The beginning of the key, for display.
    public var credential: String
    /// The client's address, if it is known.
    public var address: String?
    /// Method and path of the request, such as `POST /sub-keys`.
    public var action: String
    /// The fields of the request, as a JSON object.
    public var changes: String

    /// Creates an actor.
    public init(
        role: Role, accountID: AccountID? = nil, credential: String, address: String? = nil, action: String,
        changes: String = "{}"
    ) {
        self.role = role
        self.accountID = accountID
        self.credential = credential
        self.address = address
        self.action = action
        self.changes = changes
    }

    /// The gateway itself.
    public static func gateway(_ action: String) -> AuditActor {
        AuditActor(role: .gateway, credential: "gateway", action: action)
    }
}

/// A line of the audit log.
public struct AuditRecord: Hashable, Sendable {
    /// The line's number; lines are numbered in the order in which they were written.
    public var id: Int64
    /// When the change was requested.
    public var happenedAt: Timestamp
    /// Who requested it.
    public var actor: AuditActor
    /// The account that was changed, if it was one.
    public var accountID: AccountID?
    /// Public identifier of what was changed.
    public var target: UUIDv7?

    /// Creates a line from all of its parts.
    public init(id: Int64, happenedAt: Timestamp, actor: AuditActor, accountID: AccountID?, target: UUIDv7?) {
        self.id = id
        self.happenedAt = happenedAt
        self.actor = actor
        self.accountID = accountID
        self.target = target
    }
}

/// Subject of a line of the audit log.
public struct AuditSubject: Hashable, Sendable {
    /// The account, if the change was about one.
    public var accountID: AccountID?
    /// Public identifier of what was changed.
    public var target: UUIDv7?

    /// Creates a subject.
    public init(accountID: AccountID? = nil, target: UUIDv7? = nil) {
        self.accountID = accountID
        self.target = target
    }
}
