import Accounts
import Ledger
import Timekeeping

/// Whoever presented a secret that the gateway knows.
public enum Credential: Hashable, Sendable {
    /// A key that spends.
    case key(Principal)
    /// A key that manages.
    case management(ManagementPrincipal)
}

/// A key that spends.
public struct Principal: Hashable, Sendable {
    /// The key.
    public let keyID: KeyID
    /// What the key is called outside.
    public let publicID: UUIDv7
    /// The account that it belongs to.
    public let accountID: AccountID
    /// What it may do.
    public let kind: KeyKind
    /// The beginning of its secret, for display.
    public let displayID: String
    /// Addresses that it may be used from; nil allows all.
    public let allowedAddresses: [AddressRange]?
    /// Models that it may name; nil allows all.
    public let allowedModels: [ModelPattern]?

    /// Names a key.
    public init(_ record: KeyRecord) {
        keyID = record.id
        publicID = record.publicID
        accountID = record.accountID
        kind = record.kind
        displayID = record.displayID
        allowedAddresses = record.rules.allowedAddresses
        allowedModels = record.rules.allowedModels
    }

    /// Whether the key may name a model.
    public func allows(model: String) -> Bool {
        allowedModels.map { patterns in patterns.contains { $0.matches(model) } } ?? true
    }

    /// Whether the key may be used from an address.
    ///
    /// - Parameter address: Only looked for if the key does not allow all; nil is an address that is not known.
    public func allows(from address: @autoclosure () -> IPAddress?) -> Bool {
        guard let allowedAddresses else { return true }
        guard let address = address() else { return false }
        return allowedAddresses.contains { $0.contains(address) }
    }
}

/// A key that manages an account.
public struct ManagementPrincipal: Hashable, Sendable {
    /// The key.
    public let keyID: ManagementKeyID
    /// The account that it manages.
    public let accountID: AccountID
    /// What it may do.
    public let scope: ManagementScope
    /// The beginning of its secret, for display.
    public let displayID: String

    init(_ record: ManagementKeyRecord) {
        keyID = record.id
        accountID = record.accountID
        scope = record.scope
        displayID = record.displayID
    }
}
