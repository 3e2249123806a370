import Accounts
import GRDB
import Ledger
import Money
import Timekeeping

/// Sums over many rows, from counters and roll-ups.
extension SQLiteLedger {
    public func usageByModel(
        of account: AccountID, from start: Timestamp?, model: String?, in step: UsageStep
    ) async throws -> [UsagePoint] {
        let hours = step.rawValue / UsageStep.hour.rawValue
        return try await points(
            """
            SELECT hour / \(hours), model_id, requests, input_tokens, output_tokens, cost_nano_usd, 0
            FROM usage_by_model_hour WHERE account_id = ? AND hour >= ?
            """, [account.rawValue, start?.hourNumber ?? .min], of: model, in: step)
    }

    public func clientUsageByModel(of account: AccountID, from day: Day) async throws -> [UsagePoint] {
        try await points(
            """
            SELECT day, model_id, requests, usage_by_key_day.input_tokens, usage_by_key_day.output_tokens, cost_nano_usd,
                shown_cost_nano_usd
            FROM keys CROSS JOIN usage_by_key_day ON key_id = keys.id
            WHERE keys.account_id = ? AND kind = 2 AND day >= ?
            """, [account.rawValue, day.number], of: nil, in: .day)
    }

    /// Adds up the rows of a statement, each the number of its step, a model and a sum: in the order of the table, for sorting
    /// them in the database takes longer than gathering them here.
    private func points(
        _ sql: String, _ arguments: [Int64], of model: String?, in step: UsageStep
    ) async throws -> [UsagePoint] {
        let names = Dictionary(
            uniqueKeysWithValues: try await all(
                "SELECT id, name FROM models WHERE ?1 IS NULL OR name = ?1", [model]
            ) { ($0.int(0), $0.text(1)) })
        let rows = try await all(sql, arguments) { columns in
            (step: columns.int(0), modelID: columns.int(1), sum: UsageSum(columns, from: 2))
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
                sum: UsageSum(columns, from: 2))
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

    public func keysToRollUp(before monday: Day, atMost count: Int) async throws -> [KeyID] {
        try await all(
            "SELECT id FROM keys WHERE row_count > 0 AND summed_until_day < ? LIMIT ?", [monday.number, count]
        ) { KeyID($0.int(0)) }
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
                UsageSum(columns, from: 1)
            )
        }
        return Dictionary(uniqueKeysWithValues: sums)
    }
}

extension UsageSum {
    /// Reads requests, input and output tokens, cost and shown cost from a row, from a column on.
    fileprivate init(_ columns: HotStatement.Columns, from first: Int32) {
        self.init(
            requests: columns.int(first), inputTokens: columns.int(first + 1), outputTokens: columns.int(first + 2),
            cost: NanoUSD(nanos: columns.int(first + 3)), shownCost: NanoUSD(nanos: columns.int(first + 4)))
    }
}
