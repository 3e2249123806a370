/// What a key that spends may do.
public enum KeyKind: Int, Hashable, Sendable {
    /// The reseller's own key: manages the account and spends from its available balance.
    case account = 1
    /// A customer's key: spends within its rules, and reads its own balance and logs.
    case client = 2
    /// All temporary web tokens of an account together: spend from its available balance, and can do nothing else.
    case webTokens = 3
}

/// What a management key may do with its account; none may make model requests.
public enum ManagementScope: Int, Hashable, Sendable, CaseIterable {
    /// Read and change.
    case full = 1
    /// Read alone.
    case readOnly = 2

    /// As the APIs name it.
    public var name: String {
        switch self {
        case .full: "full"
        case .readOnly: "read-only"
        }
    }
}

/// Whose money a request is paid with.
public enum Payer: Int, Hashable, Sendable, CaseIterable {
    /// The budget that was carved out for the key.
    case budget = 0
    /// The available balance of the key's account.
    case account = 1
    /// The same, counted against the key's periodic allowance.
    case subscription = 2

    /// Whether the account's available balance is drawn on.
    public var drawsOnAccount: Bool { self != .budget }
}
