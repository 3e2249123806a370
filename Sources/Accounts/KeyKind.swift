/// The kind of a key that can make model requests.
public enum KeyKind: Int, Hashable, Sendable {
    /// Account key: manages the account; its requests are paid from the account's available balance.
    case account = 1
    /// Client key: makes requests within its rules, and reads its own balance and logs.
    case client = 2
    /// The key to which all web tokens of an account belong: makes requests that the account's available balance pays, and has
    /// no other permission.
    case webTokens = 3
}

/// The permissions of a management key on its account. No scope allows model requests.
public enum ManagementScope: Int, Hashable, Sendable, CaseIterable {
    /// Reads and writes.
    case full = 1
    /// Reads only.
    case readOnly = 2

    /// The scope's name in the APIs.
    public var name: String {
        switch self {
        case .full: "full"
        case .readOnly: "read-only"
        }
    }
}

/// The source of the money that pays for a request.
public enum Payer: Int, Hashable, Sendable, CaseIterable {
    /// The budget allocated to the key.
    case budget = 0
    /// The available balance of the key's account.
    case account = 1
    /// The available balance of the key's account, limited by the key's subscription allowance.
    case subscription = 2

    /// Whether the payer is the account's available balance.
    public var drawsOnAccount: Bool { self != .budget }
}
