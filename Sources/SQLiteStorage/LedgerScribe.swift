import Accounts
import GRDB
import Ledger
import Metering
import Money
import Timekeeping

/// Writes commands into the database, inside the writer's transaction.
///
/// What it remembers of the database is forgotten when a transaction is rolled back.
struct LedgerScribe {
    private var modelIDs: [String: Int64] = [:]

    mutating func forget() {
        modelIDs = [:]
    }

    mutating func apply(_ command: LedgerCommand, _ db: Database) throws -> LedgerReceipt {
        switch command {
        case .hold(let hold): return try place(hold, db)
        case .settle(let settlement): return try settle(settlement, db)
        case .openAccount(let publicID, let name, let key, let now):
            return try openAccount(publicID, name, key, now, db)
        case .enterDeposit(let publicID, let accountID, let amount, let status, let reference, let now):
            return try enterDeposit(publicID, accountID, amount, status, reference, now, db)
        case .completeDeposit(let id, let now): return try completeDeposit(id, now, db)
        case .createKey(let accountID, let key, let now):
            let id = try insert(key, kind: .client, of: accountID, now, db)
            try move(key.budget, accountID, id, now, db)
            return .key(try db.key(id), refunded: .zero)
        case .changeKey(let id, let change, let now): return try changeKey(id, change, now, db)
        case .deleteKey(let id, let now): return try deleteKey(id, now, db)
        case .replaceSecret(let id, let secret, _):
            try db.run(
                "UPDATE keys SET digest = ?, sealed_secret = ?, display_id = ? WHERE id = ? AND deleted_at_ms IS NULL",
                [secret.digest.data, secret.sealed.data, secret.displayID, id.rawValue])
            guard db.changesCount == 1 else { throw LedgerFailure.notFound("key") }
            return .key(try db.key(id), refunded: .zero)
        }
    }

    // MARK: Requests

    private mutating func place(_ hold: Hold, _ db: Database) throws -> LedgerReceipt {
        try db.run(
            "INSERT INTO holds VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                hold.requestID.data, hold.accountID.rawValue, hold.keyID.rawValue, hold.amount.nanos,
                hold.interruptedCost.nanos, try modelID(hold.model, db), hold.endpoint.rawValue, hold.priceVersion,
                hold.multiplier.numerator, hold.multiplier.denominator, hold.startedAt.milliseconds,
            ])
        guard
            let kind = try db.first(
                "UPDATE keys SET held_nano_usd = held_nano_usd + ? WHERE id = ? RETURNING kind",
                [hold.amount.nanos, hold.keyID.rawValue])?[0] as Int?
        else { throw LedgerFailure.notFound("key") }
        if kind == KeyKind.account.rawValue {
            try db.run(
                "UPDATE accounts SET held_nano_usd = held_nano_usd + ? WHERE id = ?",
                [hold.amount.nanos, hold.accountID.rawValue])
        }
        return .held
    }

    private mutating func settle(_ settlement: Settlement, _ db: Database) throws -> LedgerReceipt {
        let hold = settlement.hold
        try db.run("DELETE FROM holds WHERE request_id = ?", [hold.requestID.data])
        guard db.changesCount == 1 else { throw LedgerFailure.notFound("hold \(hold.requestID.requestText)") }
        guard
            let key = try db.first(
                """
                SELECT kind, multiplier_numerator, multiplier_denominator, shown_carry, deleted_at_ms FROM keys
                WHERE id = ?
                """, [hold.keyID.rawValue])
        else { throw LedgerFailure.notFound("key") }
        let isClient = key[0] as Int == KeyKind.client.rawValue
        var carry: Int64 = key[3]
        let isCurrentMultiplier =
            hold.multiplier.numerator == key[1] as Int64 && hold.multiplier.denominator == key[2] as Int64
        // A multiplier that was changed meanwhile has a rounding of its own; the key's carry is not touched.
        let shown =
            isCurrentMultiplier
            ? hold.multiplier.shown(settlement.charged, carry: &carry) : hold.multiplier.shown(settlement.charged)
        let keySequence: Int64 =
            try db.first(
                """
                UPDATE keys SET spent_nano_usd = spent_nano_usd + ?, held_nano_usd = held_nano_usd - ?,
                    shown_spent_nano_usd = shown_spent_nano_usd + ?, shown_carry = ?, row_count = row_count + 1
                WHERE id = ? RETURNING row_count
                """,
                [settlement.charged.nanos, hold.amount.nanos, shown.nanos, carry, hold.keyID.rawValue])?[0] ?? 0
        let accountUpdate =
            isClient
            ? """
            UPDATE accounts SET spent_by_clients_nano_usd = spent_by_clients_nano_usd + ?,
                overrun_nano_usd = overrun_nano_usd + ?, row_count = row_count + 1 WHERE id = ? RETURNING row_count
            """
            : """
            UPDATE accounts SET spent_nano_usd = spent_nano_usd + ?1, held_nano_usd = held_nano_usd - ?4,
                overrun_nano_usd = overrun_nano_usd + ?2, row_count = row_count + 1 WHERE id = ?3 RETURNING row_count
            """
        let charge: [any DatabaseValueConvertible] = [
            settlement.charged.nanos, settlement.overrun.nanos, hold.accountID.rawValue,
        ]
        let accountSequence: Int64 =
            try db.first(accountUpdate, isClient ? charge : charge + [hold.amount.nanos])?[0] ?? 0
        try insertRow(settlement, shown, accountSequence: accountSequence, keySequence: keySequence, db)
        guard isClient, (key[4] as Int64?) != nil else { return .settled(refunded: .zero) }
        let refunded = try refundRest(hold.keyID, hold.startedAt, db)
        return .settled(refunded: refunded)
    }

    private mutating func insertRow(
        _ settlement: Settlement, _ shown: NanoUSD, accountSequence: Int64, keySequence: Int64, _ db: Database
    ) throws {
        let hold = settlement.hold
        let usage = settlement.usage
        let modelID = try modelID(hold.model, db)
        try db.run(
            "INSERT INTO requests VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                hold.requestID.data, hold.accountID.rawValue, hold.keyID.rawValue, accountSequence, keySequence,
                modelID, hold.endpoint.rawValue, usage.input, usage.output, usage.cacheRead, usage.cacheWrite5m,
                usage.cacheWrite1h, settlement.usageSource.rawValue, settlement.cost.nanos, settlement.overrun.nanos,
                shown.nanos, settlement.upstreamCost?.nanos, hold.priceVersion, hold.multiplier.numerator,
                hold.multiplier.denominator, settlement.durationMilliseconds, settlement.firstByteMilliseconds,
                settlement.status, hold.startedAt.milliseconds,
            ])
        try db.run(
            """
            INSERT INTO usage_by_key_day VALUES (?, ?, 1, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
                requests = requests + 1, input_tokens = input_tokens + excluded.input_tokens,
                output_tokens = output_tokens + excluded.output_tokens,
                cost_nano_usd = cost_nano_usd + excluded.cost_nano_usd,
                shown_cost_nano_usd = shown_cost_nano_usd + excluded.shown_cost_nano_usd
            """,
            [
                hold.keyID.rawValue, hold.startedAt.day.number, usage.allInput, usage.output, settlement.charged.nanos,
                shown.nanos,
            ])
        try db.run(
            """
            INSERT INTO usage_by_model_hour VALUES (?, ?, ?, 1, ?, ?, ?) ON CONFLICT DO UPDATE SET
                requests = requests + 1, input_tokens = input_tokens + excluded.input_tokens,
                output_tokens = output_tokens + excluded.output_tokens,
                cost_nano_usd = cost_nano_usd + excluded.cost_nano_usd
            """,
            [
                hold.accountID.rawValue, hold.startedAt.hourNumber, modelID, usage.allInput, usage.output,
                settlement.charged.nanos,
            ])
    }

    private mutating func modelID(_ name: String, _ db: Database) throws -> Int64 {
        if let known = modelIDs[name] { return known }
        try db.run("INSERT INTO models (name) VALUES (?) ON CONFLICT DO NOTHING", [name])
        guard let id = try db.first("SELECT id FROM models WHERE name = ?", [name])?[0] as Int64? else {
            throw LedgerFailure.notFound("model")
        }
        // Names come from clients: what is remembered of them is bounded.
        if modelIDs.count >= Self.rememberedModels { modelIDs = [:] }
        modelIDs[name] = id
        return id
    }

    private static let rememberedModels = 10_000
}
