import Accounts
import Timekeeping

/// Who asks for a change, and what the audit log keeps of that. Never holds a secret.
public struct AuditActor: Hashable, Sendable {
    /// What kind of credential was used.
    public enum Role: Int, Hashable, Sendable, CaseIterable {
        /// None: the gateway does it by itself.
        case gateway = 0
        /// The operator's key.
        case `operator` = 1
        /// An account key.
        case account = 2
        /// A management key.
        case managementKey = 3
        /// A client key.
        case client = 4

        /// As the APIs name it.
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

    /// What kind of credential was used.
    public var role: Role
    /// The account that it belongs to, if it belongs to one.
    public var accountID: AccountID?
    /// The beginning of the key, as it may be displayed.
    public var credential: String
    /// Where the request came from, if that is known.
    public var address: String?
    /// What was asked for, such as `POST /sub-keys`.
    public var action: String
    /// The fields that were given, as a JSON object.
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
    /// Lines are numbered in the order in which they were written.
    public var id: Int64
    /// When the change was asked for.
    public var happenedAt: Timestamp
    /// Who asked for it.
    public var actor: AuditActor
    /// The account that it was about, if it was about one.
    public var accountID: AccountID?
    /// What was changed, by the identifier that it has outside.
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

extension LedgerReceipt {
    /// What the audit log says that a command was about.
    public var audited: (account: AccountID?, target: UUIDv7?) {
        switch self {
        case .account(let account, _), .changedAccount(let account): (account.id, account.publicID)
        case .deposit(let deposit, _): (deposit.accountID, deposit.publicID)
        case .key(let key, _): (key.accountID, key.publicID)
        case .managementKey(let key): (key.accountID, key.publicID)
        case .vouchers(let vouchers):
            (vouchers.first?.accountID, vouchers.count == 1 ? vouchers[0].voucher.publicID : nil)
        case .redeemed(_, let key): (key.accountID, key.publicID)
        case .prices, .purged, .rolledUp, .held, .settled: (nil, nil)
        }
    }
}
