import Accounts
import Ledger

/// Brand and alerts of accounts. No decision about money depends on them, so the books do not hold them.
public struct AccountPreferences: Sendable {
    private let commands: CommandDispatcher

    init(commands: CommandDispatcher) { self.commands = commands }

    /// Sets the look of an account's pages.
    ///
    /// - Throws: `ManagementError.notFound` for an unknown account, `ManagementError.unavailable`.
    public func setBrand(_ brand: Brand, of id: AccountID, by actor: AuditActor) async throws(ManagementError) {
        _ = try await commands.apply(SetBrand(id, brand), by: actor)
    }

    /// Sets the thresholds at which an account is alerted.
    ///
    /// - Throws: `ManagementError.notFound` for an unknown account, `ManagementError.unavailable`.
    public func setAlerts(_ alerts: Alerts, of id: AccountID, by actor: AuditActor) async throws(ManagementError) {
        _ = try await commands.apply(SetAlerts(id, alerts), by: actor)
    }
}
