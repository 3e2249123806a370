import Accounts
import Ledger
import Timekeeping

/// The owner of a presented secret.
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
    /// The key's public identifier.
    public let publicID: UUIDv7
    /// The account that it belongs to.
    public let accountID: AccountID
    /// The kind of the key.
    public let kind: KeyKind
    /// The beginning of its secret, for display.
    public let displayID: String
    /// The addresses that it may be used from; nil allows all.
    public let allowedAddresses: [AddressRange]?
    /// The models that it may use; nil allows all.
    public let allowedModels: [ModelPattern]?

    /// Creates the principal of a key.
    public init(_ record: KeyRecord) {
        keyID = record.id
        publicID = record.publicID
        accountID = record.accountID
        kind = record.kind
        displayID = record.displayID
        allowedAddresses = record.rules.allowedAddresses
        allowedModels = record.rules.allowedModels
    }

    /// Returns whether the key may use a model.
    public func allows(model: String) -> Bool {
        allowedModels.map { patterns in patterns.contains { $0.matches(model) } } ?? true
    }

    /// Returns whether the key may be used from an address.
    ///
    /// - Parameter address: The client's address, or nil if it is unknown. Evaluated only if the key restricts addresses.
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
    /// The scope of its permissions.
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
