import Accounts
import GRDB
import Ledger
import Metering
import Money
import Timekeeping

/// Sums over many rows, from counters and roll-ups.
struct UsageQueries {
    let db: Database

    // MARK: One key

    /// Returns a key's usage from one day until before another; nil leaves an end open.
    func sum(of key: KeyID, from start: Day? = nil, before end: Day? = nil) throws -> UsageSum {
        let sums =
            if start == nil, end == nil {
                try db.all(
                    """
                    SELECT row_count AS requests, input_tokens, output_tokens,
                        spent_nano_usd + drawn_nano_usd AS cost_nano_usd, shown_spent_nano_usd AS shown_cost_nano_usd
                    FROM keys WHERE id = ?
                    """, [key.rawValue]
                ) { UsageSum(&$0) }
            } else {
                try db.all(
                    """
                    SELECT COALESCE(SUM(requests), 0) AS requests, COALESCE(SUM(input_tokens), 0) AS input_tokens,
                        COALESCE(SUM(output_tokens), 0) AS output_tokens,
                        COALESCE(SUM(cost_nano_usd), 0) AS cost_nano_usd,
                        COALESCE(SUM(shown_cost_nano_usd), 0) AS shown_cost_nano_usd
                    FROM usage_by_key_day WHERE key_id = ? AND day >= ? AND day < ?
                    """, [key.rawValue, start?.number ?? .min, end?.number ?? .max]
                ) { UsageSum(&$0) }
            }
        var sum = sums.first ?? UsageSum()
        sum.others = try db.all(
            """
            SELECT dimension, SUM(quantity) AS quantity FROM dimensions_by_key_day
            WHERE key_id = ? AND day >= ? AND day < ? GROUP BY dimension
            """, [key.rawValue, start?.number ?? .min, end?.number ?? .max]
        ) { try Usage.Quantity(&$0) }
        return sum
    }

    func byModel(of key: KeyID, from day: Day) throws -> [UsagePoint] {
        try points(
            """
            SELECT day AS step, model_id, requests, input_tokens, output_tokens, cost_nano_usd, shown_cost_nano_usd
            FROM usage_by_key_day WHERE key_id = ? AND day >= ?
            """,
            """
            SELECT day AS step, model_id, dimension, quantity FROM dimensions_by_key_day WHERE key_id = ? AND day >= ?
            """, [key.rawValue, day.number], of: nil, in: .day)
    }

    /// Returns the usage of all keys by day, from a day on.
    func days(from day: Day) throws -> [KeyDay] {
        try db.all(
            """
            SELECT key_id, day, SUM(requests) AS requests, SUM(cost_nano_usd) AS cost_nano_usd,
                SUM(allowance_nano_usd) AS allowance_nano_usd
            FROM usage_by_key_day WHERE day >= ? GROUP BY key_id, day
            """, [day.number]
        ) { row in
            KeyDay(
                keyID: KeyID(row.int("key_id")), day: Day(number: row.int("day")), requests: row.int("requests"),
                cost: row.nanoUSD("cost_nano_usd"), allowanceCost: row.nanoUSD("allowance_nano_usd"))
        }
    }

    // MARK: An account, by model

    func byModel(
        of account: AccountID, from start: Timestamp?, model: String?, in step: UsageStep
    ) throws -> [UsagePoint] {
        try points(
            """
            SELECT hour / ?3 AS step, model_id, requests, input_tokens, output_tokens, cost_nano_usd,
                0 AS shown_cost_nano_usd
            FROM usage_by_model_hour WHERE account_id = ?1 AND hour >= ?2
            """,
            """
            SELECT hour / ?3 AS step, model_id, dimension, quantity FROM dimensions_by_model_hour
            WHERE account_id = ?1 AND hour >= ?2
            """, [account.rawValue, start?.hourNumber ?? .min, step.rawValue / UsageStep.hour.rawValue], of: model,
            in: step)
    }

    func byModelOfClients(of account: AccountID, from day: Day) throws -> [UsagePoint] {
        try points(
            """
            SELECT day AS step, model_id, requests, usage_by_key_day.input_tokens, usage_by_key_day.output_tokens,
                cost_nano_usd, shown_cost_nano_usd
            FROM keys CROSS JOIN usage_by_key_day ON key_id = keys.id
            WHERE keys.account_id = ? AND kind = ? AND day >= ?
            """,
            """
            SELECT day AS step, model_id, dimension, quantity
            FROM keys CROSS JOIN dimensions_by_key_day ON key_id = keys.id
            WHERE keys.account_id = ? AND kind = ? AND day >= ?
            """, [account.rawValue, Int64(KeyKind.client.rawValue), day.number], of: nil, in: .day)
    }

    /// Counts rows of requests: the roll-up by hour has no shown costs.
    func byModelOfClients(of account: AccountID, since moment: Timestamp) throws -> [UsagePoint] {
        let hour = moment.hourNumber
        let condition = """
            WHERE account_id = ?1 AND account_sequence >= (
                    SELECT MIN(first_sequence) FROM usage_by_model_hour WHERE account_id = ?1 AND hour >= ?2
                ) AND started_at_ms >= ?2 * ?3
                AND key_id IN (SELECT id FROM keys WHERE account_id = ?1 AND kind = ?4)
            """
        return try points(
            """
            SELECT started_at_ms / ?3 AS step, model_id, COUNT(*) AS requests, SUM(all_input_tokens) AS input_tokens,
                SUM(all_output_tokens) AS output_tokens, SUM(cost_nano_usd - overrun_nano_usd) AS cost_nano_usd,
                SUM(shown_cost_nano_usd) AS shown_cost_nano_usd
            FROM requests_with_tokens \(condition) GROUP BY step, model_id
            """,
            """
            SELECT started_at_ms / ?3 AS step, model_id, dimension, quantity
            FROM requests JOIN request_dimensions ON row_id = requests.id \(condition)
            """,
            [account.rawValue, hour, UsageStep.hour.rawValue, Int64(KeyKind.client.rawValue)], of: nil, in: .hour)
    }

    /// Adds up the rows of two statements by step and model: sums, and quantities of other dimensions. They come in the order
    /// of the tables: sorting them in the database takes longer than adding them up here.
    private func points(
        _ sql: String, _ dimensions: String, _ arguments: [Int64], of model: String?, in step: UsageStep
    ) throws -> [UsagePoint] {
        let names = Dictionary(
            uniqueKeysWithValues: try db.all("SELECT id, name FROM models WHERE ?1 IS NULL OR name = ?1", [model]) {
                ($0.int("id"), $0.text("name"))
            })
        let rows = try db.all(sql, arguments) { row in
            (step: row.int("step"), modelID: row.int("model_id"), sum: UsageSum(&row))
        }
        let others = try db.all(dimensions, arguments) { row in
            (step: row.int("step"), modelID: row.int("model_id"), quantity: try Usage.Quantity(&row))
        }
        var sums: [Int64: [Int64: UsageSum]] = [:]
        for row in others where names[row.modelID] != nil {
            sums[row.step, default: [:]][row.modelID, default: UsageSum()].others.add(row.quantity)
        }
        for row in rows where names[row.modelID] != nil {
            sums[row.step, default: [:]][row.modelID, default: UsageSum()].add(row.sum)
        }
        return sums.flatMap { number, models in
            models.map { id, sum in
                UsagePoint(start: Timestamp(milliseconds: number * step.rawValue), model: names[id] ?? "", sum: sum)
            }
        }.sorted { ($0.start, $0.model) < ($1.start, $1.model) }
    }

    // MARK: An account, by key

    func byKey(of account: AccountID, from day: Day?, model: String?) throws -> [KeyID: UsageSum] {
        if day == nil, model == nil {
            return try sumsByKey(
                """
                SELECT id AS key_id, row_count AS requests, input_tokens, output_tokens,
                    spent_nano_usd + drawn_nano_usd AS cost_nano_usd, shown_spent_nano_usd AS shown_cost_nano_usd
                FROM keys WHERE account_id = ? AND row_count > 0
                """,
                """
                SELECT key_id, dimension, quantity FROM keys CROSS JOIN dimensions_by_key_day ON key_id = keys.id
                WHERE account_id = ?
                """, [account.rawValue])
        }
        // Whole weeks, the days behind the last week that is summed up, and the days before the first Monday.
        let monday = day.map { $0.firstOfWeek == $0 ? $0.number : $0.firstOfWeek.number + 7 } ?? .min
        func sums(_ period: String, _ condition: String, _ last: Int64...) throws -> [KeyID: UsageSum] {
            let table = "usage_by_key_\(period)"
            let end = """
                WHERE keys.account_id = ?1 AND \(condition)
                    AND (?3 IS NULL OR model_id = (SELECT id FROM models WHERE name = ?3))
                """
            return try sumsByKey(
                """
                SELECT keys.id AS key_id, SUM(requests) AS requests, SUM(\(table).input_tokens) AS input_tokens,
                    SUM(\(table).output_tokens) AS output_tokens, SUM(cost_nano_usd) AS cost_nano_usd,
                    SUM(shown_cost_nano_usd) AS shown_cost_nano_usd
                FROM keys CROSS JOIN \(table) ON key_id = keys.id \(end) GROUP BY keys.id
                """,
                """
                SELECT key_id, dimension, quantity
                FROM keys CROSS JOIN dimensions_by_key_\(period) ON key_id = keys.id \(end)
                """, [account.rawValue, monday, model] + last)
        }
        var all = try sums("week", "first_day >= ?2")
        all.add(try sums("day", "day >= MAX(?2, summed_until_day)"))
        if let day, day.number < monday {
            all.add(try sums("day", "day < ?2 AND day >= ?4", day.number))
        }
        return all
    }

    func byKey(of account: AccountID, since moment: Timestamp, model: String?) throws -> [KeyID: UsageSum] {
        let condition = """
            WHERE account_id = ?1 AND account_sequence >= (
                    SELECT MIN(first_sequence) FROM usage_by_model_hour WHERE account_id = ?1 AND hour >= ?2
                ) AND started_at_ms >= ?3
                AND (?4 IS NULL OR model_id = (SELECT id FROM models WHERE name = ?4))
            """
        return try sumsByKey(
            """
            SELECT key_id, COUNT(*) AS requests, SUM(all_input_tokens) AS input_tokens,
                SUM(all_output_tokens) AS output_tokens, SUM(cost_nano_usd - overrun_nano_usd) AS cost_nano_usd,
                SUM(shown_cost_nano_usd) AS shown_cost_nano_usd
            FROM requests_with_tokens \(condition) GROUP BY key_id
            """,
            """
            SELECT key_id, dimension, quantity FROM requests JOIN request_dimensions ON row_id = requests.id \(condition)
            """, [account.rawValue, moment.hourNumber, moment.milliseconds, model])
    }

    private func sumsByKey(
        _ sql: String, _ dimensions: String, _ arguments: Database.Arguments
    ) throws -> [KeyID: UsageSum] {
        var sums = Dictionary(
            uniqueKeysWithValues: try db.all(sql, arguments) { row in (KeyID(row.int("key_id")), UsageSum(&row)) })
        for (id, quantity) in try db.all(
            dimensions, arguments, { row in (KeyID(row.int("key_id")), try Usage.Quantity(&row)) })
        {
            sums[id]?.others.add(quantity)
        }
        return sums
    }
}

extension [KeyID: UsageSum] {
    fileprivate mutating func add(_ others: [KeyID: UsageSum]) {
        for (id, sum) in others { self[id, default: UsageSum()].add(sum) }
    }
}

extension UsageSum {
    fileprivate init(_ row: inout ColumnReader) {
        self.init(
            requests: row.int("requests"), inputTokens: row.int("input_tokens"),
            outputTokens: row.int("output_tokens"), cost: row.nanoUSD("cost_nano_usd"),
            shownCost: row.nanoUSD("shown_cost_nano_usd"))
    }
}

extension Usage.Quantity {
    /// Reads `dimension` and `quantity`.
    fileprivate init(_ row: inout ColumnReader) throws {
        self.init(dimension: try row.value("dimension", Dimension.self), amount: row.int("quantity"))
    }
}
