import Accounts
import Ledger
import Money
import Timekeeping

/// Deposits.
extension AccountManagement {
    /// Records a deposit. The same reference and amount on the same account return the deposit that is there already.
    public func enterDeposit(
        to account: AccountID, amount: NanoUSD, status: DepositStatus, reference: String?,
        call: ManagementCall<DepositRecord>? = nil, by actor: AuditActor
    ) async throws(ManagementError) -> DepositRecord {
        let now = time.now()
        let command = EnterDeposit(
            publicID: UUIDv7(time: now), accountID: account, amount: amount, status: status, reference: reference,
            at: now)
        return try await applyDeposit(commands.once(command, call, outcome: \.deposit), by: actor)
    }

    /// Completes or refuses a pending deposit. A deposit that has the status already is returned unchanged.
    public func closeDeposit(
        _ id: DepositID, as status: DepositStatus, by actor: AuditActor
    ) async throws(ManagementError) -> DepositRecord {
        try await applyDeposit(CloseDeposit(id, as: status, at: time.now()), by: actor)
    }

    private func applyDeposit(
        _ command: some ManagementCommand<DepositReceipt>, by actor: AuditActor
    ) async throws(ManagementError) -> DepositRecord {
        let receipt = try await commands.apply(
            command, by: actor,
            publishing: { books, receipt in
                books.accounts[receipt.deposit.accountID]?.available += receipt.credited
            })
        return receipt.deposit
    }
}
