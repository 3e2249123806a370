import Accounts

/// Reads deposits.
public protocol DepositReader: Sendable {
    /// Returns one deposit by its public identifier, or nil.
    func deposit(publicID: UUIDv7) async throws -> DepositRecord?
    /// Returns deposits, newest first: of one account, or of all.
    func deposits(of account: AccountID?) async throws -> [DepositRecord]
}
