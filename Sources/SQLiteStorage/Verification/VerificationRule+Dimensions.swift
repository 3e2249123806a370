import GRDB
import Ledger

/// Quantities of dimensions without a column: the sums beside each roll-up, against the rows that they sum up. Of days that
/// retention has removed rows of, only the totals are proven.
extension VerificationRule {
    static let dimensions = [
        VerificationRule(
            table: "dimensions_by_key_day", columns: ["quantity"], witness: "that day's rows in requests say",
            sql: """
                SELECT 'of key ' || key_id || ', model ' || model_id || ' and dimension ' || dimension || ' on day ' || day,
                    SUM(n), SUM(n2)
                FROM (
                    SELECT key_id, day, model_id, dimension, quantity AS n, 0 AS n2 FROM dimensions_by_key_day
                    UNION ALL
                    SELECT key_id, started_at_ms / \(UsageStep.day.rawValue), model_id, dimension, 0, quantity
                    FROM request_dimensions JOIN requests ON requests.id = row_id
                ) WHERE day > (SELECT last_day FROM retention) GROUP BY key_id, day, model_id, dimension
                """),
        VerificationRule(
            table: "dimensions_by_key_day", columns: ["quantity"],
            witness: "its rows in requests and what was dropped say",
            sql: """
                SELECT 'of key ' || key_id || ' and dimension ' || dimension || ' in all', SUM(n), SUM(n2)
                FROM (
                    SELECT key_id, dimension, quantity AS n, 0 AS n2 FROM dimensions_by_key_day
                    UNION ALL
                    SELECT key_id, dimension, 0, quantity FROM request_dimensions JOIN requests ON requests.id = row_id
                    UNION ALL
                    SELECT key_id, dimension, 0, quantity FROM dropped_dimensions
                ) GROUP BY key_id, dimension
                """),
        VerificationRule(
            table: "dimensions_by_key_week", columns: ["quantity"], witness: "that week's sums by day say",
            sql: """
                SELECT 'of key ' || key_id || ', model ' || model_id || ' and dimension ' || dimension
                    || ' in the week of day ' || first_day, SUM(n), SUM(n2)
                FROM (
                    SELECT key_id, first_day, model_id, dimension, quantity AS n, 0 AS n2 FROM dimensions_by_key_week
                    UNION ALL
                    SELECT key_id, day - (day + 3) % 7, model_id, dimension, 0, quantity
                    FROM dimensions_by_key_day JOIN keys ON keys.id = key_id WHERE day < summed_until_day
                ) GROUP BY key_id, first_day, model_id, dimension
                """),
        VerificationRule(
            table: "dimensions_by_model_hour", columns: ["quantity"], witness: "that hour's rows in requests say",
            sql: """
                SELECT 'of account ' || account_id || ', model ' || model_id || ' and dimension ' || dimension
                    || ' in hour ' || hour, SUM(n), SUM(n2)
                FROM (
                    SELECT account_id, hour, model_id, dimension, quantity AS n, 0 AS n2 FROM dimensions_by_model_hour
                    UNION ALL
                    SELECT account_id, started_at_ms / \(UsageStep.hour.rawValue), model_id, dimension, 0, quantity
                    FROM request_dimensions JOIN requests ON requests.id = row_id
                ) WHERE hour / 24 > (SELECT last_day FROM retention) GROUP BY account_id, hour, model_id, dimension
                """),
        VerificationRule(
            table: "dimensions_by_model_hour", columns: ["quantity"], witness: "its keys' sums by day say",
            sql: """
                SELECT 'of account ' || account_id || ' and dimension ' || dimension || ' in all', SUM(n), SUM(n2)
                FROM (
                    SELECT account_id, dimension, quantity AS n, 0 AS n2 FROM dimensions_by_model_hour
                    UNION ALL
                    SELECT account_id, dimension, 0, quantity
                    FROM dimensions_by_key_day JOIN keys ON keys.id = key_id
                ) GROUP BY account_id, dimension
                """),
    ]
}
