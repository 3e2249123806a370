import Accounts
import GRDB
import Ledger
import Money
import Timekeeping

/// Keys of accounts and what cannot be read from their counters.
extension SQLiteLedger {
    public func overview(of id: AccountID, today: Day) async throws -> AccountOverview? {
        try await pool.read { db in
            guard let account = try db.first("SELECT * FROM accounts WHERE id = ?", [id.rawValue]) else { return nil }
            return AccountOverview(
                account: try AccountRecord(row: account),
                keys: try db.overviews("WHERE account_id = ? ORDER BY id", id.rawValue, today))
        }
    }

    public func overview(ofKey id: KeyID, today: Day) async throws -> AccountOverview.Key? {
        try await pool.read { try $0.overviews("WHERE id = ?", id.rawValue, today).first }
    }

    public func keyNames(of account: AccountID) async throws -> [KeyID: KeyName] {
        let names = try await all(
            "SELECT id, kind, public_id, label, environment, team, project FROM keys_with_rules WHERE account_id = ?",
            [account.rawValue]
        ) { columns in
            var row = ColumnReader(columns)
            return (
                KeyID(row.int()),
                KeyName(
                    kind: try row.value("kind", KeyKind.self), publicID: try row.id("public_id"), label: row.text(),
                    environment: row.optional { $0.text() },
                    team: row.optional { $0.text() }, project: row.optional { $0.text() })
            )
        }
        return Dictionary(uniqueKeysWithValues: names)
    }

    public func webKey(of account: AccountID) async throws -> KeyRecord? {
        try await pool.read { db in
            try db.keys("WHERE account_id = ? AND kind = 3", [account.rawValue]).first
        }
    }

    public func managementKeys(of account: AccountID) async throws -> [ManagementKeyRecord] {
        try await pool.read { db in
            try db.rows(
                "SELECT * FROM management_keys WHERE account_id = ? AND deleted_at_ms IS NULL ORDER BY id",
                [account.rawValue]
            ).map(ManagementKeyRecord.init(row:))
        }
    }
}

extension Database {
    /// Returns keys with what cannot be read from their counters, all in one statement.
    fileprivate func overviews(_ condition: String, _ id: Int64, _ today: Day) throws -> [AccountOverview.Key] {
        let statement = try cachedStatement(
            sql: """
                SELECT (SELECT COALESCE(SUM(cost_nano_usd), 0) FROM usage_by_key_day WHERE key_id = keys_with_rules.id
                        AND day >= CASE spend_limit_period WHEN 1 THEN ?2 WHEN 2 THEN ?3 WHEN 3 THEN ?4 ELSE ?5 END),
                    (SELECT started_at_ms FROM requests
                        WHERE key_id = keys_with_rules.id AND key_sequence = row_count),
                    \(KeyRecord.columns)
                FROM keys_with_rules
                """ + " " + condition.replacing("?", with: "?1"))
        statement.arguments = [id, today.number, today.firstOfWeek.number, today.firstOfMonth.number, Int64.max]
        return try HotStatement.all(statement, self) { columns in
            var row = ColumnReader(columns)
            let spentInPeriod = row.amount()
            let lastUsedAt = row.optional { Timestamp(milliseconds: $0.int()) }
            return AccountOverview.Key(
                record: try KeyRecord(&row), spentInPeriod: spentInPeriod, lastUsedAt: lastUsedAt)
        }
    }
}
