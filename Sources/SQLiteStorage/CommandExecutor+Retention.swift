import Accounts
import GRDB
import Ledger
import Money
import Timekeeping

/// Removes what is older than the operator wants to keep.
///
/// Rows are removed in the order in which they were written, so that what is left of an account or a key has no gaps;
/// what they had booked is added to counters, so that every sum can still be proven.
extension CommandExecutor {
    func purge(
        rowsBefore moment: Timestamp, callsBefore: Timestamp, atMost count: Int, _ db: Database
    ) throws -> LedgerReceipt {
        try db.run("DELETE FROM idempotent_calls WHERE called_at_ms < ?", [callsBefore.milliseconds])
        // Identifiers begin again at 1 when no row is left: their order counts, not their values.
        var old: [(id: Int64, day: Int64)] = []
        for row in try db.rows("SELECT id, started_at_ms FROM requests ORDER BY id LIMIT ?", [count]) {
            let startedAt = row.time("started_at_ms")
            guard startedAt < moment else { break }
            old.append((row["id"], startedAt.day.number))
        }
        guard let first = old.first?.id, let last = old.last?.id else { return .purged(rows: 0) }
        try note(first...last, db)
        try db.run(
            """
            DELETE FROM failed_attempts WHERE request_id IN
                (SELECT request_id FROM requests WHERE id BETWEEN ? AND ? AND attempts > 1)
            """, [first, last])
        try db.run("DELETE FROM requests WHERE id BETWEEN ? AND ?", [first, last])
        try db.run("UPDATE retention SET last_day = MAX(last_day, ?)", [old.map(\.day).max()])
        return .purged(rows: old.count)
    }

    /// Adds what some rows had booked to what was dropped before.
    private func note(_ rows: ClosedRange<Int64>, _ db: Database) throws {
        try db.run(
            """
            UPDATE keys SET dropped_rows = dropped_rows + gone.n, dropped_spent_nano_usd = dropped_spent_nano_usd
                + gone.spent, dropped_drawn_nano_usd = dropped_drawn_nano_usd + gone.drawn,
                dropped_shown_nano_usd = dropped_shown_nano_usd + gone.shown
            FROM (SELECT key_id, COUNT(*) AS n,
                SUM(iif(payer = 0, cost_nano_usd - overrun_nano_usd, 0)) AS spent,
                SUM(iif(payer = 0, 0, cost_nano_usd - overrun_nano_usd)) AS drawn,
                SUM(shown_cost_nano_usd) AS shown FROM requests WHERE id BETWEEN ? AND ? GROUP BY key_id) AS gone
            WHERE keys.id = gone.key_id
            """, [rows.lowerBound, rows.upperBound])
        try db.run(
            """
            UPDATE accounts SET dropped_rows = dropped_rows + gone.n, dropped_overrun_nano_usd = dropped_overrun_nano_usd
                + gone.overrun
            FROM (SELECT account_id, COUNT(*) AS n, SUM(overrun_nano_usd) AS overrun FROM requests
                WHERE id BETWEEN ? AND ? GROUP BY account_id) AS gone
            WHERE accounts.id = gone.account_id
            """, [rows.lowerBound, rows.upperBound])
    }
}
