import Accounts
import GRDB
import Ledger

/// Counters of accounts and keys, against the rows that they count.
extension VerificationRule {
    static let balances = [
        VerificationRule(
            table: "keys",
            columns: [
                "spent_nano_usd", "drawn_nano_usd", "shown_spent_nano_usd", "row_count", "first key_sequence",
                "last key_sequence",
            ],
            witness: "its rows in requests and what was dropped say",
            // Sequence numbers are unique: from 1 to the count, they have no gaps.
            sql: """
                SELECT id, spent_nano_usd, COALESCE(spent, 0) + dropped_spent_nano_usd,
                    drawn_nano_usd, COALESCE(drawn, 0) + dropped_drawn_nano_usd, shown_spent_nano_usd, COALESCE(shown, 0) + dropped_shown_nano_usd,
                    row_count, COALESCE(rows, 0) + dropped_rows, COALESCE(first, dropped_rows + 1), dropped_rows + 1,
                    COALESCE(last, dropped_rows), COALESCE(rows, 0) + dropped_rows
                FROM keys LEFT JOIN (
                    SELECT key_id, SUM(iif(payer = \(Payer.budget.rawValue), cost_nano_usd - overrun_nano_usd, 0)) AS spent,
                        SUM(iif(payer = \(Payer.budget.rawValue), 0, cost_nano_usd - overrun_nano_usd)) AS drawn,
                        SUM(shown_cost_nano_usd) AS shown,
                        COUNT(*) AS rows, MIN(key_sequence) AS first, MAX(key_sequence) AS last
                    FROM requests GROUP BY key_id
                ) ON key_id = id
                """),
        VerificationRule(
            table: "accounts",
            columns: ["overrun_nano_usd", "row_count", "first account_sequence", "last account_sequence"],
            witness: "its rows in requests and what was dropped say",
            sql: """
                SELECT id, overrun_nano_usd, COALESCE(overrun, 0) + dropped_overrun_nano_usd,
                    row_count, COALESCE(rows, 0) + dropped_rows, COALESCE(first, dropped_rows + 1), dropped_rows + 1,
                    COALESCE(last, dropped_rows), COALESCE(rows, 0) + dropped_rows
                FROM accounts LEFT JOIN (
                    SELECT account_id, SUM(overrun_nano_usd) AS overrun, COUNT(*) AS rows,
                        MIN(account_sequence) AS first, MAX(account_sequence) AS last
                    FROM requests GROUP BY account_id
                ) ON account_id = id
                """),
        VerificationRule(
            table: "keys", columns: ["held_nano_usd", "drawn_held_nano_usd"], witness: "its holds say",
            sql: """
                SELECT id, held_nano_usd, COALESCE(held, 0), drawn_held_nano_usd, COALESCE(drawn, 0)
                FROM keys LEFT JOIN (
                    SELECT key_id, SUM(iif(payer = \(Payer.budget.rawValue), amount_nano_usd, 0)) AS held,
                        SUM(iif(payer = \(Payer.budget.rawValue), 0, amount_nano_usd)) AS drawn
                    FROM holds GROUP BY key_id
                ) ON key_id = id
                """),
        VerificationRule(
            table: "keys", columns: ["budget_nano_usd"], witness: "its allocations less its refunds in postings are",
            sql: """
                SELECT id, budget_nano_usd, COALESCE(moved, 0) FROM keys LEFT JOIN (
                    SELECT key_id, SUM(CASE kind WHEN \(Postings.Kind.allocation.rawValue) THEN amount_nano_usd ELSE -amount_nano_usd END) AS moved
                    FROM postings WHERE kind IN (\(Postings.Kind.allocation.rawValue), \(Postings.Kind.refund.rawValue)) GROUP BY key_id
                ) ON key_id = id
                """),
        VerificationRule(
            table: "accounts", columns: ["deposited_nano_usd"], witness: "its deposits in postings say",
            sql: """
                SELECT id, deposited_nano_usd, COALESCE(deposited, 0) FROM accounts LEFT JOIN (
                    SELECT account_id, SUM(amount_nano_usd) AS deposited FROM postings WHERE kind = \(Postings.Kind.deposit.rawValue) GROUP BY account_id
                ) ON account_id = id
                """),
        VerificationRule(
            table: "deposits", columns: ["amount posted", "account_id"], witness: "its status, amount and account say",
            sql: """
                SELECT deposits.id, COALESCE(postings.amount_nano_usd, 0),
                    CASE status WHEN \(DepositStatus.completed.rawValue) THEN deposits.amount_nano_usd ELSE 0 END,
                    COALESCE(postings.account_id, deposits.account_id), deposits.account_id
                FROM deposits LEFT JOIN postings ON deposit_id = deposits.id
                """),
        VerificationRule(
            table: "accounts",
            columns: ["allocated_nano_usd", "spent_nano_usd", "held_nano_usd", "spent_by_clients_nano_usd"],
            witness: "its keys say",
            sql: """
                SELECT id, allocated_nano_usd, COALESCE(budgets, 0), accounts.spent_nano_usd, COALESCE(drawn, 0),
                    accounts.held_nano_usd, COALESCE(drawn_held, 0), spent_by_clients_nano_usd,
                    COALESCE(clients_spent, 0)
                FROM accounts LEFT JOIN (
                    SELECT account_id, SUM(budget_nano_usd) AS budgets, SUM(drawn_nano_usd) AS drawn,
                        SUM(drawn_held_nano_usd) AS drawn_held, SUM(spent_nano_usd) AS clients_spent
                    FROM keys GROUP BY account_id
                ) ON account_id = id
                """),
    ]
}
