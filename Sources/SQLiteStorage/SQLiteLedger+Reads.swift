import Accounts
import Foundation
import GRDB
import Ledger
import Money
import Timekeeping

/// Reads, each from one snapshot on a connection of its own: the writer is never waited for.
extension SQLiteLedger: LedgerReader {
    private static let holdColumns =
        "SELECT holds.*, models.name AS model FROM holds JOIN models ON models.id = model_id"

    public func contents(usageFrom day: Day) async throws -> LedgerContents {
        try await pool.read { db in
            LedgerContents(
                accounts: try db.rows("SELECT * FROM accounts").map(AccountRecord.init(row:)),
                keys: try db.keys("WHERE deleted_at_ms IS NULL", []),
                temporarySecrets: try db.rows("SELECT * FROM temporary_secrets").map(TemporarySecret.init(row:)),
                managementKeys: try db.rows("SELECT * FROM management_keys WHERE deleted_at_ms IS NULL")
                    .map(ManagementKeyRecord.init(row:)),
                usage: try db.rows(
                    """
                    SELECT key_id, day, SUM(requests), SUM(cost_nano_usd), SUM(allowance_nano_usd)
                    FROM usage_by_key_day WHERE day >= ? GROUP BY key_id, day
                    """, [day.number]
                ).map { row in
                    KeyDay(
                        keyID: KeyID(row[0]), day: Day(number: row[1]), requests: row[2],
                        cost: NanoUSD(nanos: row[3]), allowanceCost: NanoUSD(nanos: row[4]))
                },
                holds: try db.rows(Self.holdColumns).map(Hold.init(row:)),
                rateCards: try db.rows("SELECT * FROM rate_cards ORDER BY id").map(RateCardRecord.init(row:)))
        }
    }

    public func accounts() async throws -> [AccountRecord] {
        try await pool.read { try $0.rows("SELECT * FROM accounts ORDER BY id").map(AccountRecord.init(row:)) }
    }

    public func account(_ id: AccountID) async throws -> AccountRecord? {
        try await pool.read { db in
            try db.first("SELECT * FROM accounts WHERE id = ?", [id.rawValue]).map(AccountRecord.init(row:))
        }
    }

    public func account(publicID: UUIDv7) async throws -> AccountRecord? {
        try await pool.read { db in
            try db.first("SELECT * FROM accounts WHERE public_id = ?", [publicID.data]).map(AccountRecord.init(row:))
        }
    }

    public func clientKeys(of account: AccountID) async throws -> [KeyRecord] {
        try await pool.read { db in
            try db.keys("WHERE account_id = ? AND kind = 2 AND deleted_at_ms IS NULL ORDER BY id", [account.rawValue])
        }
    }

    public func ownKey(of account: AccountID) async throws -> KeyRecord? {
        try await pool.read { db in
            try db.keys("WHERE account_id = ? AND kind = 1", [account.rawValue]).first
        }
    }

    public func key(_ id: KeyID) async throws -> KeyRecord? {
        try await pool.read { db in
            try db.keys("WHERE id = ?", [id.rawValue]).first
        }
    }

    public func key(publicID: UUIDv7) async throws -> KeyRecord? {
        try await pool.read { db in
            try db.keys("WHERE public_id = ?", [publicID.data]).first
        }
    }

    public func deposit(publicID: UUIDv7) async throws -> DepositRecord? {
        try await pool.read { db in
            try db.first("SELECT * FROM deposits WHERE public_id = ?", [publicID.data]).map(DepositRecord.init(row:))
        }
    }

    public func deposits(of account: AccountID?) async throws -> [DepositRecord] {
        try await pool.read { db in
            let rows =
                if let account {
                    try db.rows(
                        "SELECT * FROM deposits WHERE account_id = ? ORDER BY id DESC", [account.rawValue])
                } else {
                    try db.rows("SELECT * FROM deposits ORDER BY id DESC")
                }
            return try rows.map(DepositRecord.init(row:))
        }
    }

    public func audit(
        of account: AccountID?, before line: Int64?, atMost count: Int
    ) async throws -> [AuditRecord] {
        try await pool.read { db in
            let rows =
                if let account {
                    try db.rows(
                        "SELECT * FROM audit WHERE account_id = ? AND id < ? ORDER BY id DESC LIMIT ?",
                        [account.rawValue, line ?? .max, count])
                } else {
                    try db.rows("SELECT * FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?", [line ?? .max, count])
                }
            return try rows.map(AuditRecord.init(row:))
        }
    }

    public func brand(of account: AccountID) async throws -> Brand {
        try await pool.read { db in
            try db.first("SELECT * FROM brands WHERE account_id = ?", [account.rawValue]).map(Brand.init(row:))
                ?? Brand()
        }
    }

    public func alerts(of account: AccountID) async throws -> Alerts {
        try await pool.read { db in
            try db.first("SELECT * FROM alerts WHERE account_id = ?", [account.rawValue]).map(Alerts.init(row:))
                ?? Alerts()
        }
    }

    public func interruptedRows(atMost count: Int) async throws -> [LedgerRow] {
        try await pool.read { db in try Self.interruptedRows(atMost: count, db) }
    }

    static func interruptedRows(atMost count: Int, _ db: Database) throws -> [LedgerRow] {
        try db.ledgerRows(
            "WHERE ending = \(RequestEnding.interrupted.rawValue) ORDER BY requests.id DESC LIMIT ?", [count])
    }

    public func holds(before moment: Timestamp) async throws -> [Hold] {
        try await pool.read { db in try Self.holds(before: moment, db) }
    }

    static func holds(before moment: Timestamp, _ db: Database) throws -> [Hold] {
        try db.rows(
            holdColumns + " WHERE started_at_ms < ? ORDER BY started_at_ms", [moment.milliseconds]
        ).map(Hold.init(row:))
    }

    public func answer(caller: AccountID?, name: String) async throws -> KeptAnswer? {
        try await pool.read { db in
            let row = try db.first(
                "SELECT request_digest, sealed_answer FROM idempotent_calls WHERE scope = ? AND name = ?",
                [IdempotencyKey.scope(of: caller), name])
            guard let row else { return nil }
            guard let digest = KeyDigest(bytes: row[0] as Data) else { throw UnreadableColumn(name: "request_digest") }
            return KeptAnswer(requestDigest: digest, sealed: Array(row[1] as Data))
        }
    }

    public func keyUsage(_ id: KeyID, today: Day) async throws -> KeyUsage? {
        try await pool.read { db in
            guard let key = try db.keys("WHERE id = ?", [id.rawValue]).first else { return nil }
            func sum(since day: Day?) throws -> UsageSum { try Self.usage(ofKey: id, from: day, before: nil, db) }
            return KeyUsage(
                key: key, today: try sum(since: today), week: try sum(since: today.firstOfWeek),
                month: try sum(since: today.firstOfMonth), total: try sum(since: nil))
        }
    }

    public func usage(ofKey id: KeyID, from start: Day?, before end: Day?) async throws -> UsageSum {
        try await pool.read { try Self.usage(ofKey: id, from: start, before: end, $0) }
    }

    static func usage(ofKey id: KeyID, from start: Day?, before end: Day?, _ db: Database) throws -> UsageSum {
        guard start != nil || end != nil else {
            return try db.usage(
                """
                SELECT row_count, input_tokens, output_tokens, spent_nano_usd + drawn_nano_usd, shown_spent_nano_usd
                FROM keys WHERE id = ?
                """, [id.rawValue])
        }
        return try db.usage(
            """
            SELECT COALESCE(SUM(requests), 0), COALESCE(SUM(input_tokens), 0), COALESCE(SUM(output_tokens), 0),
                COALESCE(SUM(cost_nano_usd), 0), COALESCE(SUM(shown_cost_nano_usd), 0)
            FROM usage_by_key_day WHERE key_id = ? AND day >= ? AND day < ?
            """, [id.rawValue, start?.number ?? .min, end?.number ?? .max])
    }
}

extension SQLiteLedger {
    /// Returns what `read` makes of each row of a statement, of which there may be thousands.
    func all<Value: Sendable>(
        _ sql: String, _ arguments: [(any DatabaseValueConvertible)?],
        _ read: @escaping @Sendable (HotStatement.Columns) throws -> Value
    ) async throws -> [Value] {
        let arguments = StatementArguments(arguments)
        return try await pool.read { db in
            let statement = try db.cachedStatement(sql: sql)
            statement.arguments = arguments
            return try HotStatement.all(statement, db, read)
        }
    }

    /// Returns how the writing connection keeps its promises: its journal mode, and 2 for synchronous FULL.
    public func pragmas() async throws -> (journal: String?, synchronous: Int?) {
        try await pool.writeWithoutTransaction { db in
            (
                try String.fetchOne(db, sql: "PRAGMA journal_mode"),
                try Int.fetchOne(db, sql: "PRAGMA synchronous")
            )
        }
    }
}
