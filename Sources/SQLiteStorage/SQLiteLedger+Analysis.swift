import Accounts
import GRDB
import Ledger
import Money
import Timekeeping

/// Reads over many rows: none looks at more of them than its answer needs, or at more than a fixed number.
extension SQLiteLedger {
    public func overview(of id: AccountID, today: Day) async throws -> AccountOverview? {
        try await pool.read { db in
            guard let account = try db.first("SELECT * FROM accounts WHERE id = ?", [id.rawValue]) else { return nil }
            return AccountOverview(
                account: try AccountRecord(row: account),
                keys: try db.overviews("WHERE account_id = ? ORDER BY id", id.rawValue, today))
        }
    }

    public func overview(ofKey id: KeyID, today: Day) async throws -> AccountOverview.Key? {
        try await pool.read { try $0.overviews("WHERE id = ?", id.rawValue, today).first }
    }

    public func keyNames(of account: AccountID) async throws -> [KeyID: KeyName] {
        let names = try await all(
            "SELECT id, public_id, label, environment, team, project FROM keys_with_rules WHERE account_id = ?",
            [account.rawValue]
        ) { columns in
            var row = ColumnReader(columns)
            return (
                KeyID(row.int()),
                KeyName(
                    publicID: try row.id("public_id"), label: row.text(), environment: row.optional { $0.text() },
                    team: row.optional { $0.text() }, project: row.optional { $0.text() })
            )
        }
        return Dictionary(uniqueKeysWithValues: names)
    }

    /// Returns what `read` makes of each row of a statement, of which there may be thousands.
    private func all<Value: Sendable>(
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

    public func webKey(of account: AccountID) async throws -> KeyRecord? {
        try await pool.read { db in
            try db.keys("WHERE account_id = ? AND kind = 3", [account.rawValue]).first
        }
    }

    public func managementKeys(of account: AccountID) async throws -> [ManagementKeyRecord] {
        try await pool.read { db in
            try db.rows(
                "SELECT * FROM management_keys WHERE account_id = ? AND deleted_at_ms IS NULL ORDER BY id",
                [account.rawValue]
            ).map(ManagementKeyRecord.init(row:))
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

    // MARK: Rows

    public func row(of request: UUIDv7, owner: RowOwner) async throws -> LedgerRow? {
        try await pool.read { db in
            try db.ledgerRows("WHERE request_id = ? AND \(owner.column) = ?", [request.data, owner.number]).first
        }
    }

    /// Returns a page by the sequence numbers that lie on it: rows have no gaps, so no row is skipped or counted.
    public func rows(of owner: RowOwner, page: Page) async throws -> LedgerPage {
        try await pool.read { db in
            guard let counts = try db.first(owner.counts, [owner.number]) else { return LedgerPage(rows: [], total: 0) }
            let (last, dropped): (Int64, Int64) = (counts[0], counts[1])
            let total = last - dropped
            guard page.size > 0, page.skipped < total else { return LedgerPage(rows: [], total: total) }
            let newest = last - page.skipped
            let oldest = max(dropped + 1, newest - Int64(page.size) + 1)
            let rows = try db.ledgerRows(
                "WHERE \(owner.column) = ? AND \(owner.sequence) BETWEEN ? AND ? ORDER BY \(owner.sequence) DESC",
                [owner.number, oldest, newest])
            return LedgerPage(rows: rows, total: total, next: oldest > dropped + 1 ? oldest : nil)
        }
    }

    public func rows(
        of owner: RowOwner, matching filter: RowFilter, before cursor: Int64?, atMost count: Int
    ) async throws -> RowSlice {
        try await pool.read { db in
            guard let range = try Self.range(of: owner, filter, before: cursor, db) else {
                return RowSlice(rows: [], next: nil)
            }
            // So many rows are looked at, not more; the answer says where to go on.
            let lowest = max(range.lowerBound, range.upperBound - Int64(RowSlice.looksAt) + 1)
            let rows = try db.ledgerRows(
                """
                WHERE \(owner.column) = ? AND \(owner.sequence) BETWEEN ? AND ? AND started_at_ms >= ?
                    AND started_at_ms < ? AND (? IS NULL OR models.name = ?)
                ORDER BY \(owner.sequence) DESC LIMIT ?
                """,
                [
                    owner.number, lowest, range.upperBound, filter.from?.milliseconds ?? .min,
                    filter.until?.milliseconds ?? .max, filter.model, filter.model, count,
                ])
            guard rows.count == count, let last = rows.last else {
                return RowSlice(rows: rows, next: lowest > range.lowerBound ? lowest : nil)
            }
            let sequence: Int64? = try db.first(
                "SELECT \(owner.sequence) FROM requests WHERE request_id = ?", [last.requestID.data])?[0]
            return RowSlice(rows: rows, next: sequence.flatMap { $0 > range.lowerBound ? $0 : nil })
        }
    }

    /// Returns the sequence numbers between which all rows lie that can match: sums by day and by hour know theirs.
    private static func range(
        of owner: RowOwner, _ filter: RowFilter, before cursor: Int64?, _ db: Database
    ) throws -> ClosedRange<Int64>? {
        guard let counts = try db.first(owner.counts, [owner.number]) else { return nil }
        var last: Int64 = counts[0]
        var first: Int64 = counts[1] + 1
        if filter.from != nil || filter.until != nil || filter.model != nil {
            let step = owner.sumStep
            let bounds = try db.first(
                owner.bounds + (filter.model == nil ? "" : " AND model_id = (SELECT id FROM models WHERE name = ?)"),
                [
                    owner.number, filter.from.map { $0.milliseconds / step } ?? .min,
                    filter.until.map { $0.milliseconds / step } ?? .max,
                ] + (filter.model.map { [$0] } ?? []))
            guard let lowest: Int64 = bounds?[0], let highest: Int64 = bounds?[1] else { return nil }
            first = max(first, lowest)
            last = min(last, highest)
        }
        if let cursor { last = min(last, cursor - 1) }
        return first <= last ? first...last : nil
    }

    // MARK: Sums

    public func usageByModel(
        of account: AccountID, from start: Timestamp?, model: String?, in step: UsageStep
    ) async throws -> [UsagePoint] {
        let hours = step.rawValue / UsageStep.hour.rawValue
        let names = Dictionary(
            uniqueKeysWithValues: try await all(
                "SELECT id, name FROM models WHERE ?1 IS NULL OR name = ?1", [model]
            ) { ($0.int(0), $0.text(1)) })
        // In the order of the table; days are gathered here, where sorting is not needed for it.
        let rows = try await all(
            """
            SELECT hour, model_id, requests, input_tokens, output_tokens, cost_nano_usd FROM usage_by_model_hour
            WHERE account_id = ? AND hour >= ?
            """, [account.rawValue, start?.hourNumber ?? .min]
        ) { columns in
            (
                step: columns.int(0) / hours, modelID: columns.int(1),
                sum: UsageSum(
                    requests: columns.int(2), inputTokens: columns.int(3), outputTokens: columns.int(4),
                    cost: NanoUSD(nanos: columns.int(5)))
            )
        }
        var sums: [Int64: [Int64: UsageSum]] = [:]
        for row in rows where names[row.modelID] != nil {
            sums[row.step, default: [:]][row.modelID, default: UsageSum()].add(row.sum)
        }
        return sums.flatMap { number, models in
            models.map { id, sum in
                UsagePoint(
                    start: Timestamp(milliseconds: number * step.rawValue), model: names[id] ?? "", sum: sum)
            }
        }.sorted { ($0.start, $0.model) < ($1.start, $1.model) }
    }

    public func usageByModel(ofKey id: KeyID, from day: Day) async throws -> [UsagePoint] {
        try await all(
            """
            SELECT day, name, requests, input_tokens, output_tokens, cost_nano_usd, shown_cost_nano_usd
            FROM usage_by_key_day JOIN models ON models.id = model_id
            WHERE key_id = ? AND day >= ? ORDER BY day, name
            """, [id.rawValue, day.number]
        ) { columns in
            UsagePoint(
                start: Day(number: columns.int(0)).start, model: columns.text(1),
                sum: UsageSum(
                    requests: columns.int(2), inputTokens: columns.int(3), outputTokens: columns.int(4),
                    cost: NanoUSD(nanos: columns.int(5)), shownCost: NanoUSD(nanos: columns.int(6))))
        }
    }

    public func clientUsageByDay(of account: AccountID, from day: Day) async throws -> [Day: UsageSum] {
        let days = try await all(
            """
            SELECT day, SUM(requests), SUM(usage_by_key_day.input_tokens), SUM(usage_by_key_day.output_tokens),
                SUM(cost_nano_usd), SUM(shown_cost_nano_usd)
            FROM keys CROSS JOIN usage_by_key_day ON key_id = keys.id
            WHERE keys.account_id = ? AND kind = 2 AND day >= ? GROUP BY day
            """, [account.rawValue, day.number]
        ) { columns in
            (
                Day(number: columns.int(0)),
                UsageSum(
                    requests: columns.int(1), inputTokens: columns.int(2), outputTokens: columns.int(3),
                    cost: NanoUSD(nanos: columns.int(4)), shownCost: NanoUSD(nanos: columns.int(5)))
            )
        }
        return Dictionary(uniqueKeysWithValues: days)
    }

    public func brand(of account: AccountID) async throws -> Brand {
        try await pool.read { db in
            try db.first("SELECT * FROM brands WHERE account_id = ?", [account.rawValue]).map(Brand.init(row:))
                ?? Brand()
        }
    }

    public func usageByKey(of account: AccountID, from day: Day?, model: String?) async throws -> [KeyID: UsageSum] {
        if day == nil, model == nil {
            return try await pool.read { db in
                try db.sumsByKey(
                    """
                    SELECT id, row_count, input_tokens, output_tokens, spent_nano_usd + drawn_nano_usd,
                        shown_spent_nano_usd
                    FROM keys WHERE account_id = ? AND row_count > 0
                    """, [account.rawValue])
            }
        }
        // Whole weeks, the days after those that are summed up, and the days before the first Monday; all from one state of
        // the ledger, in which a week is either summed up or not.
        let monday = day.map { $0.firstOfWeek == $0 ? $0.number : $0.firstOfWeek.number + 7 } ?? .min
        return try await pool.read { db in
            func sums(_ table: String, _ condition: String, _ last: Int64...) throws -> [KeyID: UsageSum] {
                try db.sumsByKey(
                    """
                    SELECT keys.id, SUM(requests), SUM(\(table).input_tokens), SUM(\(table).output_tokens),
                        SUM(cost_nano_usd), SUM(shown_cost_nano_usd)
                    FROM keys CROSS JOIN \(table) ON key_id = keys.id
                    WHERE keys.account_id = ?1 AND \(condition)
                        AND (?3 IS NULL OR model_id = (SELECT id FROM models WHERE name = ?3))
                    GROUP BY keys.id
                    """, [account.rawValue, monday, model] + last)
            }
            var all = try sums("usage_by_key_week", "first_day >= ?2")
            all.add(try sums("usage_by_key_day", "day >= MAX(?2, summed_until_day)"))
            if let day, day.number < monday {
                all.add(try sums("usage_by_key_day", "day < ?2 AND day >= ?4", day.number))
            }
            return all
        }
    }

    public func keysToSumUp(before monday: Day, atMost count: Int) async throws -> [KeyID] {
        try await all(
            "SELECT id FROM keys WHERE row_count > 0 AND summed_until_day < ? LIMIT ?", [monday.number, count]
        ) { KeyID($0.int(0)) }
    }

    private static func sumsByKey(_ table: String, _ condition: String) -> String {
        """
        SELECT keys.id, SUM(requests), SUM(\(table).input_tokens), SUM(\(table).output_tokens), SUM(cost_nano_usd),
            SUM(shown_cost_nano_usd)
        FROM keys CROSS JOIN \(table) ON key_id = keys.id
        WHERE keys.account_id = ?1 AND \(condition)
            AND (?3 IS NULL OR model_id = (SELECT id FROM models WHERE name = ?3))
        GROUP BY keys.id
        """
    }

    public func usageByKey(
        of account: AccountID, since moment: Timestamp, model: String?
    ) async throws -> [KeyID: UsageSum] {
        try await pool.read { db in
            try db.sumsByKey(
                """
                SELECT key_id, COUNT(*), SUM(input_tokens + cache_read_tokens + cache_write_5m_tokens
                    + cache_write_1h_tokens), SUM(output_tokens), SUM(cost_nano_usd - overrun_nano_usd),
                    SUM(shown_cost_nano_usd)
                FROM requests
                WHERE account_id = ?1 AND account_sequence >= (
                        SELECT MIN(first_sequence) FROM usage_by_model_hour WHERE account_id = ?1 AND hour >= ?2
                    ) AND started_at_ms >= ?3
                    AND (?4 IS NULL OR model_id = (SELECT id FROM models WHERE name = ?4))
                GROUP BY key_id
                """, [account.rawValue, moment.hourNumber, moment.milliseconds, model])
        }
    }
}

extension [KeyID: UsageSum] {
    fileprivate mutating func add(_ others: [KeyID: UsageSum]) {
        for (id, sum) in others { self[id, default: UsageSum()].add(sum) }
    }
}

extension Database {
    fileprivate func sumsByKey(
        _ sql: String, _ arguments: [(any DatabaseValueConvertible)?]
    ) throws -> [KeyID: UsageSum] {
        let statement = try cachedStatement(sql: sql)
        statement.arguments = StatementArguments(arguments)
        let sums = try HotStatement.all(statement, self) { columns in
            (
                KeyID(columns.int(0)),
                UsageSum(
                    requests: columns.int(1), inputTokens: columns.int(2), outputTokens: columns.int(3),
                    cost: NanoUSD(nanos: columns.int(4)), shownCost: NanoUSD(nanos: columns.int(5)))
            )
        }
        return Dictionary(uniqueKeysWithValues: sums)
    }

    /// Returns keys with what cannot be read from their counters, all in one statement.
    fileprivate func overviews(_ condition: String, _ id: Int64, _ today: Day) throws -> [AccountOverview.Key] {
        let statement = try cachedStatement(
            sql: """
                SELECT (SELECT COALESCE(SUM(cost_nano_usd), 0) FROM usage_by_key_day WHERE key_id = keys_with_rules.id
                        AND day >= CASE spend_limit_period WHEN 1 THEN ?2 WHEN 2 THEN ?3 WHEN 3 THEN ?4 ELSE ?5 END),
                    (SELECT started_at_ms FROM requests
                        WHERE key_id = keys_with_rules.id AND key_sequence = row_count),
                    \(KeyRecord.columns)
                FROM keys_with_rules
                """ + " " + condition.replacing("?", with: "?1"))
        statement.arguments = [id, today.number, today.firstOfWeek.number, today.firstOfMonth.number, Int64.max]
        return try HotStatement.all(statement, self) { columns in
            var row = ColumnReader(columns)
            let spentInPeriod = row.amount()
            let lastUsedAt = row.optional { Timestamp(milliseconds: $0.int()) }
            return AccountOverview.Key(
                record: try KeyRecord(&row), spentInPeriod: spentInPeriod, lastUsedAt: lastUsedAt)
        }
    }
}

extension RowOwner {
    fileprivate var number: Int64 {
        switch self {
        case .account(let id): id.rawValue
        case .key(let id): id.rawValue
        }
    }

    fileprivate var column: String {
        switch self {
        case .account: "requests.account_id"
        case .key: "requests.key_id"
        }
    }

    fileprivate var sequence: String {
        switch self {
        case .account: "account_sequence"
        case .key: "key_sequence"
        }
    }

    /// The number of the newest row, and how many of the oldest were dropped.
    fileprivate var counts: String {
        switch self {
        case .account: "SELECT row_count, dropped_rows FROM accounts WHERE id = ?"
        case .key: "SELECT row_count, dropped_rows FROM keys WHERE id = ?"
        }
    }

    /// What the sums are made for, in milliseconds.
    fileprivate var sumStep: Int64 {
        switch self {
        case .account: UsageStep.hour.rawValue
        case .key: UsageStep.day.rawValue
        }
    }

    fileprivate var bounds: String {
        switch self {
        case .account:
            """
            SELECT MIN(first_sequence), MAX(last_sequence) FROM usage_by_model_hour
            WHERE account_id = ? AND hour BETWEEN ? AND ?
            """
        case .key:
            """
            SELECT MIN(first_sequence), MAX(last_sequence) FROM usage_by_key_day
            WHERE key_id = ? AND day BETWEEN ? AND ?
            """
        }
    }
}
