import Accounts
import GRDB
import Ledger

extension SQLiteLedger: ManagementKeyReader {
    public func managementKeys(of account: AccountID) async throws -> [ManagementKeyRecord] {
        try await pool.read { try $0.managementKeys(where: "account_id = ?", [account.rawValue]) }
    }
}
