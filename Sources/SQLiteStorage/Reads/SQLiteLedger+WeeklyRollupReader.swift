import Accounts
import GRDB
import Ledger
import Timekeeping

extension SQLiteLedger: WeeklyRollupReader {
    public func keysToRollUp(before monday: Day, atMost count: Int) async throws -> [KeyID] {
        try await pool.read { db in
            try db.all(
                "SELECT id FROM keys WHERE row_count > 0 AND summed_until_day < ? LIMIT ?", [monday.number, count]
            ) { KeyID($0.int("id")) }
        }
    }
}
