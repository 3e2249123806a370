import Accounts
import GRDB
import Ledger
import Money
import Timekeeping

/// Removes rows and answers that are older than the retention period.
///
/// Rows are removed in the order in which they were written, so that the remaining sequence numbers of an account or a key
/// have no gaps. What they had booked is added to counters, so that every sum can still be proven.
struct RetentionExecutor {
    let db: Database

    func purge(_ command: PurgeRows) throws -> PurgeReceipt {
        try db.run("DELETE FROM idempotent_calls WHERE called_at_ms < ?", [command.callsBefore.milliseconds])
        let objects = try purgeObjects(command)
        // Identifiers begin again at 1 when no row is left: their order counts, not their values.
        var old: [(id: Int64, day: Int64)] = []
        for row in try db.rows("SELECT id, started_at_ms FROM requests ORDER BY id LIMIT ?", [command.limit]) {
            let startedAt = row.time("started_at_ms")
            guard startedAt < command.rowsBefore else { break }
            old.append((row["id"], startedAt.day.number))
        }
        guard let first = old.first?.id, let last = old.last?.id else {
            return PurgeReceipt(rows: 0, objects: objects)
        }
        try count(first...last)
        try db.run(
            """
            DELETE FROM failed_attempts WHERE request_id IN
                (SELECT request_id FROM requests WHERE id BETWEEN ? AND ? AND attempts > 1)
            """, [first, last])
        try db.run("DELETE FROM request_dimensions WHERE row_id BETWEEN ? AND ?", [first, last])
        try db.run("DELETE FROM requests WHERE id BETWEEN ? AND ?", [first, last])
        try db.run("UPDATE retention SET last_day = MAX(last_day, ?)", [old.map(\.day).max()])
        return PurgeReceipt(rows: old.count, objects: objects)
    }

    private func purgeObjects(_ command: PurgeRows) throws -> Int {
        try db.run(
            """
            DELETE FROM upstream_objects WHERE (key_id, digest) IN
                (SELECT key_id, digest FROM upstream_objects WHERE given_at_ms < ?
                    ORDER BY given_at_ms, key_id, digest LIMIT ?)
            """, [command.rowsBefore.milliseconds, command.limit])
        return db.changesCount
    }

    /// Adds the sums of rows that are about to be removed to the counters of removed rows.
    private func count(_ rows: ClosedRange<Int64>) throws {
        try db.run(
            """
            UPDATE keys SET dropped_rows = dropped_rows + gone.n, dropped_spent_nano_usd = dropped_spent_nano_usd
                + gone.spent, dropped_drawn_nano_usd = dropped_drawn_nano_usd + gone.drawn,
                dropped_shown_nano_usd = dropped_shown_nano_usd + gone.shown
            FROM (SELECT key_id, COUNT(*) AS n,
                SUM(iif(payer = ?3, cost_nano_usd - overrun_nano_usd, 0)) AS spent,
                SUM(iif(payer = ?3, 0, cost_nano_usd - overrun_nano_usd)) AS drawn,
                SUM(shown_cost_nano_usd) AS shown FROM requests WHERE id BETWEEN ?1 AND ?2 GROUP BY key_id) AS gone
            WHERE keys.id = gone.key_id
            """, [rows.lowerBound, rows.upperBound, Payer.budget.rawValue])
        try db.run(
            """
            UPDATE accounts SET dropped_rows = dropped_rows + gone.n, dropped_overrun_nano_usd = dropped_overrun_nano_usd
                + gone.overrun
            FROM (SELECT account_id, COUNT(*) AS n, SUM(overrun_nano_usd) AS overrun FROM requests
                WHERE id BETWEEN ? AND ? GROUP BY account_id) AS gone
            WHERE accounts.id = gone.account_id
            """, [rows.lowerBound, rows.upperBound])
        try db.run(
            """
            INSERT INTO dropped_dimensions (key_id, dimension, quantity)
            SELECT key_id, dimension, SUM(quantity) FROM request_dimensions JOIN requests ON requests.id = row_id
            WHERE row_id BETWEEN ? AND ? GROUP BY key_id, dimension
            ON CONFLICT DO UPDATE SET quantity = quantity + excluded.quantity
            """, [rows.lowerBound, rows.upperBound])
    }
}
