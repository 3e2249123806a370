import Accounts

/// Reads management keys.
public protocol ManagementKeyReader: Sendable {
    /// Returns the management keys of an account that are not deleted, oldest first.
    func managementKeys(of account: AccountID) async throws -> [ManagementKeyRecord]
}
