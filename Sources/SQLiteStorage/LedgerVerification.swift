import Foundation
import GRDB

/// Proves, or disproves, that a ledger's sums hold.
///
/// Reads one snapshot, so that it can be run beside a gateway that is writing.
public struct LedgerVerification: Sendable {
    /// What does not hold, a sentence each; empty for a consistent ledger.
    public let breaks: [String]
    /// How many accounts, keys and rows there are.
    public let counts: (accounts: Int, keys: Int, rows: Int)

    /// Something that must be true of every row that a query returns none of.
    private struct Rule {
        /// Selects the rows that break it: what it is, its number, what was found, what was expected.
        var sql: String
        var claim: String
    }

    /// Verifies the ledger in a file.
    ///
    /// - Throws: `DatabaseError` if the file is not a database; `LedgerVerificationError` if it is not a ledger.
    public static func verify(path: String) async throws -> LedgerVerification {
        guard FileManager.default.fileExists(atPath: path) else { throw LedgerVerificationError.missing(path) }
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        let database = try DatabaseQueue(path: path, configuration: configuration)
        return try await database.read { db in
            guard try db.tableExists("requests"), try db.tableExists("holds") else {
                throw LedgerVerificationError.notALedger(path)
            }
            var breaks: [String] = []
            for rule in rules {
                for row in try Row.fetchAll(db, sql: rule.sql + " LIMIT 20") {
                    let number: Int64 = row[0]
                    let found: Int64? = row[1]
                    let expected: Int64? = row[2]
                    breaks.append(
                        "\(rule.claim) (\(number)): is \(found.map(String.init) ?? "nothing"),"
                            + " must be \(expected.map(String.init) ?? "nothing")")
                }
            }
            for row in try Row.fetchAll(db, sql: "PRAGMA foreign_key_check") {
                let table: String = row[0]
                breaks.append("a row of \(table) names another that is not there")
            }
            for row in try Row.fetchAll(db, sql: "PRAGMA integrity_check(20)") {
                let message: String = row[0]
                if message != "ok" { breaks.append("database file: \(message)") }
            }
            func count(_ table: String) throws -> Int {
                try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM \(table)") ?? 0
            }
            return LedgerVerification(
                breaks: breaks, counts: (try count("accounts"), try count("keys"), try count("requests")))
        }
    }

    private static let rules: [Rule] = [
        Rule(
            sql: """
                SELECT id, deposited_nano_usd, sum FROM (SELECT a.id, deposited_nano_usd, (SELECT COALESCE(SUM(
                    amount_nano_usd), 0) FROM postings WHERE account_id = a.id AND kind = 1) AS sum FROM accounts a)
                WHERE deposited_nano_usd <> sum
                """, claim: "deposits of an account are its deposit postings"),
        Rule(
            sql: """
                SELECT id, posted, amount_nano_usd FROM (SELECT d.id, d.status, d.amount_nano_usd, (SELECT
                    amount_nano_usd FROM postings WHERE deposit_id = d.id) AS posted FROM deposits d)
                WHERE (status = 1 AND posted IS NOT amount_nano_usd) OR (status = 0 AND posted IS NOT NULL)
                """, claim: "a deposit is posted when it is completed, and only then"),
        Rule(
            sql: """
                SELECT id, budget_nano_usd, sum FROM (SELECT k.id, budget_nano_usd, (SELECT COALESCE(SUM(CASE kind
                    WHEN 2 THEN amount_nano_usd ELSE -amount_nano_usd END), 0) FROM postings
                    WHERE key_id = k.id) AS sum FROM keys k) WHERE budget_nano_usd <> sum
                """, claim: "budget of a key is its allocations less its refunds"),
        Rule(
            sql: """
                SELECT id, allocated_nano_usd, sum FROM (SELECT a.id, allocated_nano_usd, (SELECT COALESCE(SUM(
                    budget_nano_usd), 0) FROM keys WHERE account_id = a.id) AS sum FROM accounts a)
                WHERE allocated_nano_usd <> sum
                """, claim: "what an account has allocated is the budgets of its keys"),
        Rule(
            sql: """
                SELECT id, spent_nano_usd, sum FROM (SELECT k.id, spent_nano_usd, (SELECT COALESCE(SUM(cost_nano_usd -
                    overrun_nano_usd), 0) FROM requests WHERE key_id = k.id) AS sum FROM keys k)
                WHERE spent_nano_usd <> sum
                """, claim: "spent by a key is the sum of its rows"),
        Rule(
            sql: """
                SELECT id, shown_spent_nano_usd, sum FROM (SELECT k.id, shown_spent_nano_usd, (SELECT COALESCE(SUM(
                    shown_cost_nano_usd), 0) FROM requests WHERE key_id = k.id) AS sum FROM keys k)
                WHERE shown_spent_nano_usd <> sum
                """, claim: "what a client sees as spent is the sum of what it sees in its rows"),
        Rule(
            sql: """
                SELECT id, held_nano_usd, sum FROM (SELECT k.id, held_nano_usd, (SELECT COALESCE(SUM(amount_nano_usd),
                    0) FROM holds WHERE key_id = k.id) AS sum FROM keys k) WHERE held_nano_usd <> sum
                """, claim: "held on a key is the sum of its holds"),
        Rule(
            sql: """
                SELECT id, spent_nano_usd, sum FROM (SELECT a.id, a.spent_nano_usd, (SELECT COALESCE(SUM(
                    spent_nano_usd), 0) FROM keys WHERE account_id = a.id AND kind = 1) AS sum FROM accounts a)
                WHERE spent_nano_usd <> sum
                """, claim: "spent by an account itself is what its own key spent"),
        Rule(
            sql: """
                SELECT id, spent_by_clients_nano_usd, sum FROM (SELECT a.id, a.spent_by_clients_nano_usd, (SELECT
                    COALESCE(SUM(spent_nano_usd), 0) FROM keys WHERE account_id = a.id AND kind = 2) AS sum
                    FROM accounts a) WHERE spent_by_clients_nano_usd <> sum
                """, claim: "spent by an account's clients is what its client keys spent"),
        Rule(
            sql: """
                SELECT id, held_nano_usd, sum FROM (SELECT a.id, a.held_nano_usd, (SELECT COALESCE(SUM(held_nano_usd),
                    0) FROM keys WHERE account_id = a.id AND kind = 1) AS sum FROM accounts a)
                WHERE held_nano_usd <> sum
                """, claim: "held on an account is what is held on its own key"),
        Rule(
            sql: """
                SELECT id, overrun_nano_usd, sum FROM (SELECT a.id, a.overrun_nano_usd, (SELECT COALESCE(SUM(
                    overrun_nano_usd), 0) FROM requests WHERE account_id = a.id) AS sum FROM accounts a)
                WHERE overrun_nano_usd <> sum
                """, claim: "overrun of an account is the sum of its rows'"),
        Rule(
            sql: """
                SELECT id, spent_nano_usd + held_nano_usd, budget_nano_usd FROM keys
                WHERE kind = 2 AND spent_nano_usd + held_nano_usd > budget_nano_usd
                """, claim: "a client key never spends and holds more than its budget"),
        Rule(
            sql: """
                SELECT id, allocated_nano_usd + spent_nano_usd + held_nano_usd, deposited_nano_usd FROM accounts
                WHERE allocated_nano_usd + spent_nano_usd + held_nano_usd > deposited_nano_usd
                """, claim: "an account never gives out more than was deposited"),
        Rule(
            sql: """
                SELECT id, row_count, rows FROM (SELECT k.id, row_count, (SELECT COUNT(*) FROM requests
                    WHERE key_id = k.id) AS rows FROM keys k) WHERE row_count <> rows
                """, claim: "a key counts its rows"),
        Rule(
            sql: """
                SELECT key_id, MAX(key_sequence), COUNT(*) FROM requests GROUP BY key_id
                HAVING MAX(key_sequence) <> COUNT(*) OR MIN(key_sequence) <> 1
                """, claim: "rows of a key are numbered from 1 without gaps"),
        Rule(
            sql: """
                SELECT id, row_count, rows FROM (SELECT a.id, row_count, (SELECT COUNT(*) FROM requests
                    WHERE account_id = a.id) AS rows FROM accounts a) WHERE row_count <> rows
                """, claim: "an account counts its rows"),
        Rule(
            sql: """
                SELECT account_id, MAX(account_sequence), COUNT(*) FROM requests GROUP BY account_id
                HAVING MAX(account_sequence) <> COUNT(*) OR MIN(account_sequence) <> 1
                """, claim: "rows of an account are numbered from 1 without gaps"),
        Rule(
            sql: """
                SELECT key_id, cost, sum FROM (SELECT key_id, day, requests AS n, cost_nano_usd AS cost,
                    (SELECT COALESCE(SUM(cost_nano_usd - overrun_nano_usd), 0) FROM requests r
                    WHERE r.key_id = u.key_id AND started_at_ms >= u.day * 86400000
                    AND started_at_ms < (u.day + 1) * 86400000) AS sum, (SELECT COUNT(*) FROM requests r
                    WHERE r.key_id = u.key_id AND started_at_ms >= u.day * 86400000
                    AND started_at_ms < (u.day + 1) * 86400000) AS rows FROM usage_by_key_day u)
                WHERE cost <> sum OR n <> rows
                """, claim: "a key's sum of a day is the sum of that day's rows"),
        Rule(
            sql: """
                SELECT k.id, COALESCE((SELECT SUM(requests) FROM usage_by_key_day WHERE key_id = k.id), 0), row_count
                FROM keys k WHERE row_count <> COALESCE((SELECT SUM(requests) FROM usage_by_key_day
                    WHERE key_id = k.id), 0)
                """, claim: "a key's days hold all of its rows"),
        Rule(
            sql: """
                SELECT a.id, COALESCE((SELECT SUM(cost_nano_usd) FROM usage_by_model_hour WHERE account_id = a.id), 0),
                    spent_nano_usd + spent_by_clients_nano_usd FROM accounts a
                WHERE spent_nano_usd + spent_by_clients_nano_usd <> COALESCE((SELECT SUM(cost_nano_usd)
                    FROM usage_by_model_hour WHERE account_id = a.id), 0)
                """, claim: "an account's hours sum up to what was spent"),
    ]
}

/// Why a file cannot be verified.
public enum LedgerVerificationError: Error, CustomStringConvertible {
    /// There is no such file.
    case missing(String)
    /// It is a database, but not a ledger.
    case notALedger(String)

    public var description: String {
        switch self {
        case .missing(let path): "\(path): no such file"
        case .notALedger(let path): "\(path): not a ledger"
        }
    }
}
