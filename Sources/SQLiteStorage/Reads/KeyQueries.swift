import Accounts
import GRDB
import Ledger
import Timekeeping

/// Statements about keys that return more, or less, than their records.
struct KeyQueries {
    let db: Database

    func names(of account: AccountID) throws -> [KeyID: KeyName] {
        let names = try db.all(
            "SELECT id, kind, public_id, label, environment, team, project FROM keys_with_rules WHERE account_id = ?",
            [account.rawValue]
        ) { row in
            let id = KeyID(row.int("id"))
            let name = KeyName(
                kind: try row.value("kind", KeyKind.self), publicID: try row.id("public_id"),
                label: row.text("label"), environment: row.optional { $0.text("environment") },
                team: row.optional { $0.text("team") }, project: row.optional { $0.text("project") })
            return (id, name)
        }
        return Dictionary(uniqueKeysWithValues: names)
    }

    /// Returns all keys of an account, oldest first, in one statement.
    func overviews(of account: AccountID, today: Day) throws -> [AccountOverview.Key] {
        try overviews("WHERE account_id = ?1 ORDER BY id", account.rawValue, today)
    }

    func overview(of key: KeyID, today: Day) throws -> AccountOverview.Key? {
        try overviews("WHERE id = ?1", key.rawValue, today).first
    }

    private func overviews(_ condition: String, _ id: Int64, _ today: Day) throws -> [AccountOverview.Key] {
        // The first day of the window of a key's spend limit; no day at all of a limit without a window.
        try db.all(
            """
            SELECT (SELECT COALESCE(SUM(cost_nano_usd), 0) FROM usage_by_key_day WHERE key_id = keys_with_rules.id
                    AND day >= CASE spend_limit_period WHEN ?2 THEN ?3 WHEN ?4 THEN ?5 WHEN ?6 THEN ?7 ELSE ?8 END)
                    AS spent_in_period,
                (SELECT started_at_ms FROM requests
                    WHERE key_id = keys_with_rules.id AND key_sequence = row_count) AS last_used_at_ms,
                \(KeyRecord.columns)
            FROM keys_with_rules \(condition)
            """,
            [
                id, Period.day.rawValue, today.number, Period.week.rawValue, today.firstOfWeek.number,
                Period.month.rawValue, today.firstOfMonth.number, Int64.max,
            ]
        ) { row in
            let spentInPeriod = row.nanoUSD("spent_in_period")
            let lastUsedAt = row.optional { $0.time("last_used_at_ms") }
            return AccountOverview.Key(
                record: try KeyRecord(&row), spentInPeriod: spentInPeriod, lastUsedAt: lastUsedAt)
        }
    }
}
