import Accounts
import Timekeeping

/// Reads accounts, and the settings of their pages.
public protocol AccountReader: Sendable {
    /// Returns all accounts, oldest first.
    func accounts() async throws -> [AccountRecord]
    /// Returns one account, or nil.
    func account(_ id: AccountID) async throws -> AccountRecord?
    /// Returns one account by its public identifier, or nil.
    func account(publicID: UUIDv7) async throws -> AccountRecord?
    /// Returns an account with all of its keys and their usage up to a day, from one state; nil if it does not exist.
    func overview(of account: AccountID, today: Day) async throws -> AccountOverview?
    /// Returns the look of an account's customer page.
    func brand(of account: AccountID) async throws -> Brand
    /// Returns the thresholds of an account's alerts.
    func alerts(of account: AccountID) async throws -> Alerts
}
