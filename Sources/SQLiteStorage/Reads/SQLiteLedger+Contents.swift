import Accounts
import GRDB
import Ledger
import Money
import Timekeeping

extension SQLiteLedger {
    public func contents(usageFrom day: Day) async throws -> LedgerContents {
        try await pool.read { db in
            LedgerContents(
                accounts: try db.accounts("ORDER BY id"),
                keys: try db.keys("WHERE deleted_at_ms IS NULL", []),
                temporarySecrets: try db.rows("SELECT \(TemporarySecret.columns) FROM temporary_secrets")
                    .map(TemporarySecret.init(row:)),
                managementKeys: try db.managementKeys(where: "TRUE", []),
                usage: try UsageQueries(db: db).days(from: day),
                holds: try db.rows(Hold.selection).map(Hold.init(row:)),
                rateCards: try db.rows("SELECT \(RateCardRecord.columns) FROM rate_cards ORDER BY id")
                    .map(RateCardRecord.init(row:)))
        }
    }

    /// Returns the settings that durability depends on: the journal mode, and 2 for synchronous FULL.
    public func pragmas() async throws -> (journal: String?, synchronous: Int?) {
        try await pool.writeWithoutTransaction { db in
            (
                try String.fetchOne(db, sql: "PRAGMA journal_mode"),
                try Int.fetchOne(db, sql: "PRAGMA synchronous")
            )
        }
    }
}
