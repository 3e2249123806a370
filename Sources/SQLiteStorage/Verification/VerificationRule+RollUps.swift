import Accounts
import GRDB
import Ledger

/// Sums by day and by hour, against the rows that they sum up. Of days that retention has removed rows of, only the total is
/// proven.
extension VerificationRule {
    static let rollUps = [
        // A union of both sides, so that a sum without rows is found like rows without a sum.
        VerificationRule(
            table: "usage_by_key_day",
            columns: [
                "requests", "input_tokens", "output_tokens", "cost_nano_usd", "shown_cost_nano_usd",
                "allowance_nano_usd", "first_sequence", "last_sequence",
            ],
            witness: "that day's rows in requests say",
            sql: """
                SELECT 'of key ' || key_id || ' and model ' || model_id || ' on day ' || day, SUM(n), SUM(n2), SUM(i),
                    SUM(i2), SUM(o), SUM(o2), SUM(c), SUM(c2), SUM(s), SUM(s2), SUM(a), SUM(a2),
                    SUM(f), MIN(f2), SUM(l), MAX(l2)
                FROM (
                    SELECT key_id, day, model_id, allowance_nano_usd AS a, 0 AS a2, first_sequence AS f, NULL AS f2,
                        last_sequence AS l, NULL AS l2, requests AS n, 0 AS n2, input_tokens AS i, 0 AS i2, output_tokens AS o, 0 AS o2,
                        cost_nano_usd AS c, 0 AS c2, shown_cost_nano_usd AS s, 0 AS s2 FROM usage_by_key_day
                    UNION ALL
                    SELECT key_id, started_at_ms / \(UsageStep.day.rawValue), model_id, 0,
                        iif(payer = \(Payer.subscription.rawValue), cost_nano_usd - overrun_nano_usd, 0), NULL, key_sequence, NULL, key_sequence,
                        0, 1, 0, all_input_tokens, 0, all_output_tokens,
                        0, cost_nano_usd - overrun_nano_usd, 0, shown_cost_nano_usd FROM requests_with_tokens
                ) WHERE day > (SELECT last_day FROM retention) GROUP BY key_id, day, model_id
                """),
        VerificationRule(
            table: "keys",
            columns: [
                "spent_nano_usd and drawn_nano_usd", "shown_spent_nano_usd", "row_count", "input_tokens",
                "output_tokens",
            ],
            witness: "its sums by day say",
            sql: """
                SELECT id, spent_nano_usd + drawn_nano_usd, COALESCE(spent, 0), shown_spent_nano_usd, COALESCE(shown, 0),
                    row_count, COALESCE(rows, 0), input_tokens, COALESCE(input, 0), output_tokens, COALESCE(output, 0)
                FROM keys LEFT JOIN (
                    SELECT key_id, SUM(cost_nano_usd) AS spent, SUM(shown_cost_nano_usd) AS shown,
                        SUM(requests) AS rows, SUM(input_tokens) AS input, SUM(output_tokens) AS output
                    FROM usage_by_key_day GROUP BY key_id
                ) ON key_id = id
                """),
        VerificationRule(
            table: "usage_by_key_week",
            columns: ["requests", "input_tokens", "output_tokens", "cost_nano_usd", "shown_cost_nano_usd"],
            witness: "that week's sums by day say",
            // Weeks exist only for days before the key's Monday; a later week is an error.
            sql: """
                SELECT 'of key ' || key_id || ' and model ' || model_id || ' in the week of day ' || first_day,
                    SUM(n), SUM(n2), SUM(i), SUM(i2), SUM(o), SUM(o2), SUM(c), SUM(c2), SUM(s), SUM(s2)
                FROM (
                    SELECT key_id, first_day, model_id, requests AS n, 0 AS n2, input_tokens AS i, 0 AS i2,
                        output_tokens AS o, 0 AS o2, cost_nano_usd AS c, 0 AS c2, shown_cost_nano_usd AS s, 0 AS s2
                    FROM usage_by_key_week
                    UNION ALL
                    SELECT key_id, day - (day + 3) % 7, model_id, 0, requests, 0, usage_by_key_day.input_tokens, 0,
                        usage_by_key_day.output_tokens, 0, cost_nano_usd, 0, shown_cost_nano_usd
                    FROM usage_by_key_day JOIN keys ON keys.id = key_id WHERE day < summed_until_day
                ) GROUP BY key_id, first_day, model_id
                """),
        VerificationRule(
            table: "accounts", columns: ["row_count"], witness: "its sums by hour say",
            sql: """
                SELECT id, row_count, COALESCE(rows, 0) FROM accounts LEFT JOIN (
                    SELECT account_id, SUM(requests) AS rows FROM usage_by_model_hour GROUP BY account_id
                ) ON account_id = id
                """),
        VerificationRule(
            table: "usage_by_model_hour",
            columns: [
                "requests", "input_tokens", "output_tokens", "cost_nano_usd", "first_sequence", "last_sequence",
            ],
            witness: "that hour's rows in requests say",
            sql: """
                SELECT 'of account ' || account_id || ' and model ' || model_id || ' in hour ' || hour,
                    SUM(n), SUM(n2), SUM(i), SUM(i2), SUM(o), SUM(o2), SUM(c), SUM(c2), SUM(f), MIN(f2), SUM(l), MAX(l2)
                FROM (
                    SELECT account_id, hour, model_id, first_sequence AS f, NULL AS f2, last_sequence AS l, NULL AS l2,
                        requests AS n, 0 AS n2, input_tokens AS i, 0 AS i2,
                        output_tokens AS o, 0 AS o2, cost_nano_usd AS c, 0 AS c2 FROM usage_by_model_hour
                    UNION ALL
                    SELECT account_id, started_at_ms / \(UsageStep.hour.rawValue), model_id, NULL, account_sequence, NULL,
                        account_sequence, 0, 1, 0, all_input_tokens, 0, all_output_tokens,
                        0, cost_nano_usd - overrun_nano_usd FROM requests_with_tokens
                ) WHERE hour / 24 > (SELECT last_day FROM retention) GROUP BY account_id, model_id, hour
                """),
    ]
}
