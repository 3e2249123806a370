import Accounts
import GRDB

/// Owners of rows, and states that exclude each other.
extension VerificationRule {
    static let ownership = [
        VerificationRule(
            table: "requests", columns: ["account_id"], witness: "the account of its key is",
            sql: """
                SELECT requests.id, requests.account_id, keys.account_id FROM requests JOIN keys ON keys.id = key_id
                """),
        VerificationRule(
            table: "holds", columns: ["account_id"], witness: "the account of its key is",
            sql: """
                SELECT hex(request_id), holds.account_id, keys.account_id FROM holds JOIN keys ON keys.id = key_id
                """),
        VerificationRule(
            table: "postings", columns: ["account_id"], witness: "the account of its key is",
            sql: """
                SELECT postings.id, postings.account_id, keys.account_id FROM postings JOIN keys ON keys.id = key_id
                """),
        VerificationRule(
            table: "holds", columns: ["the number of its settlements"], witness: "an open hold has",
            sql: """
                SELECT hex(request_id), EXISTS (SELECT 1 FROM requests WHERE requests.request_id = holds.request_id), 0
                FROM holds
                """),
        VerificationRule(
            table: "keys", columns: ["budget_nano_usd"],
            witness: "a key that is deleted or draws on the account keeps only what it spent and holds,",
            sql: """
                SELECT id, budget_nano_usd, spent_nano_usd + held_nano_usd FROM keys
                WHERE deleted_at_ms IS NOT NULL OR draws_on_account = 1
                """),
        VerificationRule(
            table: "keys", columns: ["budget_nano_usd"], witness: "an account's own key and its web tokens have",
            sql: "SELECT id, budget_nano_usd, 0 FROM keys WHERE kind <> \(KeyKind.client.rawValue)"),
        VerificationRule(
            table: "accounts", columns: ["the number of own keys"], witness: "every account has",
            sql:
                "SELECT id, (SELECT COUNT(*) FROM keys WHERE account_id = accounts.id AND kind = \(KeyKind.account.rawValue)), 1 FROM accounts"
        ),
        VerificationRule(
            table: "vouchers", columns: ["used"], witness: "its redemptions say",
            sql: """
                SELECT id, used, (SELECT COUNT(*) FROM voucher_redemptions WHERE voucher_id = vouchers.id) FROM vouchers
                """),
        VerificationRule(
            table: "voucher_redemptions", columns: ["key_id", "account_id", "amount_nano_usd", "kind"],
            witness: "its posting, an allocation, says",
            sql: """
                SELECT voucher_id || ' by key ' || voucher_redemptions.key_id, voucher_redemptions.key_id, postings.key_id,
                    vouchers.account_id, postings.account_id, vouchers.amount_nano_usd, postings.amount_nano_usd, kind, \(Postings.Kind.allocation.rawValue)
                FROM voucher_redemptions JOIN vouchers ON vouchers.id = voucher_id
                    JOIN postings ON postings.id = posting_id
                """),
        // The carry moves a row's rounding by less than one nano-dollar; the product needs floating point, which
        // is good to one part in 2^52.
        VerificationRule(
            table: "requests", columns: ["shown_cost_nano_usd"], witness: "its cost and multiplier say, roughly,",
            sql: """
                SELECT id, shown, CASE WHEN ABS(shown - exact) <= 1 + exact * 1e-12 THEN shown
                    ELSE CAST(exact AS INTEGER) END
                FROM (
                    SELECT id, shown_cost_nano_usd AS shown, 1.0 * (cost_nano_usd - overrun_nano_usd)
                        * multiplier_numerator / multiplier_denominator AS exact FROM requests
                )
                """),
    ]
}
