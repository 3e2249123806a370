import Accounts
import GRDB
import Ledger
import Timekeeping

/// Sums past weeks up from their days. A request that is settled into such a week later is added to both sums.
struct RollupExecutor {
    let db: Database

    func rollUp(_ command: RollUpWeeks) throws -> RollUpReceipt {
        for key in command.keys {
            try db.run(
                """
                INSERT INTO usage_by_key_week (key_id, first_day, model_id, requests, input_tokens, output_tokens,
                    cost_nano_usd, shown_cost_nano_usd)
                SELECT key_id, day - (day + 3) % 7, model_id, SUM(requests), SUM(input_tokens), SUM(output_tokens),
                    SUM(cost_nano_usd), SUM(shown_cost_nano_usd)
                FROM usage_by_key_day
                WHERE key_id = ?1 AND day >= (SELECT summed_until_day FROM keys WHERE id = ?1) AND day < ?2
                GROUP BY 1, 2, 3
                """, [key.rawValue, command.monday.number])
            try db.run(
                """
                INSERT INTO dimensions_by_key_week (key_id, first_day, model_id, dimension, quantity)
                SELECT key_id, day - (day + 3) % 7, model_id, dimension, SUM(quantity) FROM dimensions_by_key_day
                WHERE key_id = ?1 AND day >= (SELECT summed_until_day FROM keys WHERE id = ?1) AND day < ?2
                GROUP BY 1, 2, 3, 4
                """, [key.rawValue, command.monday.number])
            try db.run(
                "UPDATE keys SET summed_until_day = MAX(summed_until_day, ?) WHERE id = ?",
                [command.monday.number, key.rawValue])
        }
        return RollUpReceipt()
    }
}
