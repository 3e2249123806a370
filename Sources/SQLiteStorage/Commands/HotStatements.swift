import GRDB

/// The statements that every request runs, prepared on the writer's connection.
final class HotStatements {
    let insertHold: HotStatement
    let holdAmount: HotStatement
    let extendHold: HotStatement
    let deleteHold: HotStatement
    let insertRow: HotStatement
    let key: HotStatement
    let account: HotStatement
    let updateKey: HotStatement
    let updateAccount: HotStatement
    let addDay: HotStatement
    let addWeek: HotStatement
    let addHour: HotStatement
    let insertDimension: HotStatement
    let addDimensionOfDay: HotStatement
    let addDimensionOfWeek: HotStatement
    let addDimensionOfHour: HotStatement
    let insertObject: HotStatement

    init(_ db: Database) throws {
        /// Returns `table (columns) VALUES (?, ...)`; values are bound in the order of the columns.
        func into(_ table: String, _ columns: String...) -> String {
            let marks = columns.map { _ in "?" }.joined(separator: ", ")
            return "\(table) (\(columns.joined(separator: ", "))) VALUES (\(marks))"
        }
        let insertedHold = into(
            "holds", "request_id", "account_id", "key_id", "amount_nano_usd", "interrupted_nano_usd", "model_id",
            "endpoint", "price_version", "multiplier_numerator", "multiplier_denominator", "started_at_ms",
            "markup_millionths", "payer")
        insertHold = try HotStatement("INSERT INTO \(insertedHold)", db)
        holdAmount = try HotStatement(
            """
            SELECT amount_nano_usd FROM holds WHERE request_id = ? AND account_id = ? AND key_id = ? AND payer = ?
            """, db)
        extendHold = try HotStatement(
            """
            UPDATE holds SET amount_nano_usd = amount_nano_usd + ?
            WHERE request_id = ? AND account_id = ? AND key_id = ? AND payer = ?
            """, db)
        deleteHold = try HotStatement(
            """
            DELETE FROM holds
            WHERE request_id = ? AND account_id = ? AND key_id = ? AND amount_nano_usd = ? AND payer = ?
            """, db)
        let insertedRow = into(
            "requests", "request_id", "account_id", "key_id", "account_sequence", "key_sequence", "model_id",
            "endpoint", "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_5m_tokens",
            "cache_write_1h_tokens", "usage_source", "cost_nano_usd", "overrun_nano_usd", "shown_cost_nano_usd",
            "upstream_cost_nano_usd", "price_version", "multiplier_numerator", "multiplier_denominator", "duration_ms",
            "first_byte_ms", "http_status", "started_at_ms", "markup_millionths", "ending", "attempts", "images",
            "payer", "service_tier", "is_resident", "is_fast", "picture_form",
            "usage_flags", "cost_rules")
        insertRow = try HotStatement("INSERT INTO \(insertedRow)", db)
        key = try HotStatement(
            """
            SELECT account_id, draws_on_account, deleted_at_ms, multiplier_numerator, multiplier_denominator, row_count,
                shown_carry, budget_nano_usd - spent_nano_usd - held_nano_usd AS available, summed_until_day
            FROM keys WHERE id = ?
            """, db)
        account = try HotStatement(
            """
            SELECT row_count, deposited_nano_usd - allocated_nano_usd - spent_nano_usd - held_nano_usd AS available
            FROM accounts WHERE id = ?
            """, db)
        updateKey = try HotStatement(
            """
            UPDATE keys SET spent_nano_usd = spent_nano_usd + ?, held_nano_usd = held_nano_usd + ?,
                drawn_nano_usd = drawn_nano_usd + ?, drawn_held_nano_usd = drawn_held_nano_usd + ?,
                shown_spent_nano_usd = shown_spent_nano_usd + ?, shown_carry = ?, row_count = row_count + ?,
                input_tokens = input_tokens + ?, output_tokens = output_tokens + ?
            WHERE id = ?
            """, db)
        updateAccount = try HotStatement(
            """
            UPDATE accounts SET spent_nano_usd = spent_nano_usd + ?, held_nano_usd = held_nano_usd + ?,
                spent_by_clients_nano_usd = spent_by_clients_nano_usd + ?,
                overrun_nano_usd = overrun_nano_usd + ?, row_count = row_count + ? WHERE id = ?
            """, db)
        let object = into("upstream_objects", "key_id", "digest", "model_id", "given_at_ms")
        insertObject = try HotStatement("INSERT INTO \(object) ON CONFLICT DO NOTHING", db)
        let day = into(
            "usage_by_key_day", "key_id", "day", "model_id", "requests", "input_tokens", "output_tokens",
            "cost_nano_usd", "shown_cost_nano_usd", "allowance_nano_usd", "first_sequence", "last_sequence")
        addDay = try HotStatement(
            """
            INSERT INTO \(day) ON CONFLICT DO UPDATE SET
                requests = requests + excluded.requests, input_tokens = input_tokens + excluded.input_tokens,
                output_tokens = output_tokens + excluded.output_tokens,
                cost_nano_usd = cost_nano_usd + excluded.cost_nano_usd,
                shown_cost_nano_usd = shown_cost_nano_usd + excluded.shown_cost_nano_usd,
                allowance_nano_usd = allowance_nano_usd + excluded.allowance_nano_usd,
                first_sequence = MIN(first_sequence, excluded.first_sequence),
                last_sequence = MAX(last_sequence, excluded.last_sequence)
            """, db)
        let week = into(
            "usage_by_key_week", "key_id", "first_day", "model_id", "requests", "input_tokens", "output_tokens",
            "cost_nano_usd", "shown_cost_nano_usd")
        addWeek = try HotStatement(
            """
            INSERT INTO \(week) ON CONFLICT DO UPDATE SET
                requests = requests + excluded.requests, input_tokens = input_tokens + excluded.input_tokens,
                output_tokens = output_tokens + excluded.output_tokens,
                cost_nano_usd = cost_nano_usd + excluded.cost_nano_usd,
                shown_cost_nano_usd = shown_cost_nano_usd + excluded.shown_cost_nano_usd
            """, db)
        let hour = into(
            "usage_by_model_hour", "account_id", "hour", "model_id", "requests", "input_tokens", "output_tokens",
            "cost_nano_usd", "first_sequence", "last_sequence")
        addHour = try HotStatement(
            """
            INSERT INTO \(hour) ON CONFLICT DO UPDATE SET
                requests = requests + excluded.requests, input_tokens = input_tokens + excluded.input_tokens,
                output_tokens = output_tokens + excluded.output_tokens,
                cost_nano_usd = cost_nano_usd + excluded.cost_nano_usd,
                first_sequence = MIN(first_sequence, excluded.first_sequence),
                last_sequence = MAX(last_sequence, excluded.last_sequence)
            """, db)
        insertDimension = try HotStatement(
            "INSERT INTO \(into("request_dimensions", "row_id", "dimension", "quantity"))", db)
        func dimensions(_ table: String, _ owner: String, _ time: String) throws -> HotStatement {
            try HotStatement(
                """
                INSERT INTO \(into(table, owner, time, "model_id", "dimension", "quantity"))
                ON CONFLICT DO UPDATE SET quantity = quantity + excluded.quantity
                """, db)
        }
        addDimensionOfDay = try dimensions("dimensions_by_key_day", "key_id", "day")
        addDimensionOfWeek = try dimensions("dimensions_by_key_week", "key_id", "first_day")
        addDimensionOfHour = try dimensions("dimensions_by_model_hour", "account_id", "hour")
    }
}
