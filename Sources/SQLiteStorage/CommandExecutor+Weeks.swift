import Accounts
import GRDB
import Ledger
import Timekeeping

/// Sums weeks that are over up from their days. What is settled into such a week later is added to it then.
extension CommandExecutor {
    func rollUpWeeks(of keys: [KeyID], before monday: Day, _ db: Database) throws -> LedgerReceipt {
        for key in keys {
            try db.run(
                """
                INSERT INTO usage_by_key_week
                SELECT key_id, day - (day + 3) % 7, model_id, SUM(requests), SUM(input_tokens), SUM(output_tokens),
                    SUM(cost_nano_usd), SUM(shown_cost_nano_usd)
                FROM usage_by_key_day
                WHERE key_id = ?1 AND day >= (SELECT summed_until_day FROM keys WHERE id = ?1) AND day < ?2
                GROUP BY 1, 2, 3
                """, [key.rawValue, monday.number])
            try db.run(
                "UPDATE keys SET summed_until_day = MAX(summed_until_day, ?) WHERE id = ?",
                [monday.number, key.rawValue])
        }
        return .rolledUp
    }
}
