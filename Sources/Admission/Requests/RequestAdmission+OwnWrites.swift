import Accounts
import Ledger

extension RequestAdmission {
    /// Waits until the ledger contains everything that requests of an account's keys have enqueued before this call, or
    /// until it has failed. Requests of other accounts are not waited for.
    ///
    /// - Parameter account: Nil waits for all accounts.
    public func settled(_ account: AccountID?) async {
        guard let account else { return await store.settled() }
        await store.settled(upTo: books.withLock { $0.accounts[account]?.lastWrite ?? .start })
    }
}
