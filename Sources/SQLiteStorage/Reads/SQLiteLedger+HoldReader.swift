import GRDB
import Ledger
import Timekeeping

extension SQLiteLedger: HoldReader {
    public func holds(before moment: Timestamp) async throws -> [Hold] {
        try await pool.read { try $0.holds(before: moment) }
    }

    public func interruptedRows(atMost count: Int) async throws -> [LedgerRow] {
        try await pool.read { try $0.interruptedRows(atMost: count) }
    }
}
