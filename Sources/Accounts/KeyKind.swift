/// What a credential may do.
public enum KeyKind: Int, Hashable, Sendable {
    /// The reseller's own key: manages the account's client keys and spends from its available balance.
    case account = 1
    /// A customer's key: spends from its own budget and reads its own balance and logs.
    case client = 2
}
