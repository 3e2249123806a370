import Accounts
import Timekeeping

/// Reads keys that spend.
public protocol KeyReader: Sendable {
    /// Returns the client keys of an account that are disabled because of a policy error, with the moment of each.
    func policyHolds(of account: AccountID) async throws -> [KeyID: Timestamp]
    /// Returns one key, deleted or not, or nil.
    func key(_ id: KeyID) async throws -> KeyRecord?
    /// Returns one key by its public identifier, deleted or not, or nil.
    func key(publicID: UUIDv7) async throws -> KeyRecord?
    /// Returns the client keys of an account that are not deleted, oldest first.
    func clientKeys(of account: AccountID) async throws -> [KeyRecord]
    /// Returns the account key of an account: it has exactly one.
    func ownKey(of account: AccountID) async throws -> KeyRecord?
    /// Returns the key of an account's temporary web tokens, or nil if it never had any.
    func webKey(of account: AccountID) async throws -> KeyRecord?
    /// Returns the names of an account's keys, deleted ones included.
    func keyNames(of account: AccountID) async throws -> [KeyID: KeyName]
    /// Returns one key with its usage up to a day, or nil.
    func overview(ofKey key: KeyID, today: Day) async throws -> AccountOverview.Key?
}
