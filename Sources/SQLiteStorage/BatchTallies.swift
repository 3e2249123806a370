import Accounts
import GRDB
import Ledger
import Metering
import Money
import Timekeeping

/// The sums that a batch changes, kept while it is written and written once at its end: a batch of 64 requests
/// of one key changes that key's counters once, not 128 times.
struct BatchTallies {
    /// Where a row stands, and what its client sees of it.
    struct RowPlace {
        var accountSequence: Int64
        var keySequence: Int64
        var shownCost: NanoUSD
        var isKeyDeleted: Bool
    }

    private struct KeyTally {
        let isClient: Bool
        let isDeleted: Bool
        let multiplier: DisplayMultiplier
        /// Rows before the batch.
        let rows: Int64
        var carry: Int64
        var newRows: Int64 = 0
        var spent = NanoUSD.zero
        var held = NanoUSD.zero
        var shownSpent = NanoUSD.zero
    }

    private struct AccountTally {
        /// Rows before the batch.
        let rows: Int64
        var newRows: Int64 = 0
        var spent = NanoUSD.zero
        var held = NanoUSD.zero
        var spentByClients = NanoUSD.zero
        var overrun = NanoUSD.zero
    }

    private struct DayOfKey: Hashable {
        var key: KeyID
        var day: Day
    }

    private struct HourOfModel: Hashable {
        var account: AccountID
        var hour: Int64
        var modelID: Int64
    }

    private var keys: [KeyID: KeyTally] = [:]
    private var accounts: [AccountID: AccountTally] = [:]
    private var days: [DayOfKey: UsageSum] = [:]
    private var hours: [HourOfModel: UsageSum] = [:]

    /// Counts a hold.
    mutating func hold(_ hold: Hold, _ db: Database) throws {
        let isClient = try load(hold, db)
        keys[hold.keyID]?.held += hold.amount
        if !isClient { accounts[hold.accountID]?.held += hold.amount }
    }

    /// Counts a settlement and gives its row a place.
    mutating func settle(_ settlement: Settlement, modelID: Int64, _ db: Database) throws -> RowPlace {
        let hold = settlement.hold
        _ = try load(hold, db)
        guard var key = keys[hold.keyID], var account = accounts[hold.accountID] else {
            throw LedgerFailure.notFound("key")
        }
        let charged = settlement.charged
        // A multiplier that was changed meanwhile has a rounding of its own; the key's carry is not touched.
        let shown =
            key.multiplier == hold.multiplier
            ? hold.multiplier.shown(charged, carry: &key.carry) : hold.multiplier.shown(charged)
        key.newRows += 1
        key.spent += charged
        key.held -= hold.amount
        key.shownSpent += shown
        account.newRows += 1
        account.overrun += settlement.overrun
        if key.isClient {
            account.spentByClients += charged
        } else {
            account.spent += charged
            account.held -= hold.amount
        }
        keys[hold.keyID] = key
        accounts[hold.accountID] = account
        let sum = UsageSum(
            requests: 1, inputTokens: settlement.usage.allInput, outputTokens: settlement.usage.output, cost: charged,
            shownCost: shown)
        days[DayOfKey(key: hold.keyID, day: hold.startedAt.day), default: UsageSum()].add(sum)
        let hour = HourOfModel(account: hold.accountID, hour: hold.startedAt.hourNumber, modelID: modelID)
        hours[hour, default: UsageSum()].add(sum)
        return RowPlace(
            accountSequence: account.rows + account.newRows, keySequence: key.rows + key.newRows, shownCost: shown,
            isKeyDeleted: key.isClient && key.isDeleted)
    }

    /// Writes all sums and forgets them.
    mutating func write(_ db: Database) throws {
        for (id, tally) in keys {
            try db.run(
                """
                UPDATE keys SET spent_nano_usd = spent_nano_usd + ?, held_nano_usd = held_nano_usd + ?,
                    shown_spent_nano_usd = shown_spent_nano_usd + ?, shown_carry = ?, row_count = row_count + ?
                WHERE id = ?
                """,
                [
                    tally.spent.nanos, tally.held.nanos, tally.shownSpent.nanos, tally.carry, tally.newRows,
                    id.rawValue,
                ])
        }
        for (id, tally) in accounts {
            try db.run(
                """
                UPDATE accounts SET spent_nano_usd = spent_nano_usd + ?, held_nano_usd = held_nano_usd + ?,
                    spent_by_clients_nano_usd = spent_by_clients_nano_usd + ?,
                    overrun_nano_usd = overrun_nano_usd + ?, row_count = row_count + ? WHERE id = ?
                """,
                [
                    tally.spent.nanos, tally.held.nanos, tally.spentByClients.nanos, tally.overrun.nanos,
                    tally.newRows, id.rawValue,
                ])
        }
        for (day, sum) in days {
            try db.run(
                """
                INSERT INTO usage_by_key_day VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
                    requests = requests + excluded.requests, input_tokens = input_tokens + excluded.input_tokens,
                    output_tokens = output_tokens + excluded.output_tokens,
                    cost_nano_usd = cost_nano_usd + excluded.cost_nano_usd,
                    shown_cost_nano_usd = shown_cost_nano_usd + excluded.shown_cost_nano_usd
                """,
                [
                    day.key.rawValue, day.day.number, sum.requests, sum.inputTokens, sum.outputTokens, sum.cost.nanos,
                    sum.shownCost.nanos,
                ])
        }
        for (hour, sum) in hours {
            try db.run(
                """
                INSERT INTO usage_by_model_hour VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
                    requests = requests + excluded.requests, input_tokens = input_tokens + excluded.input_tokens,
                    output_tokens = output_tokens + excluded.output_tokens,
                    cost_nano_usd = cost_nano_usd + excluded.cost_nano_usd
                """,
                [
                    hour.account.rawValue, hour.hour, hour.modelID, sum.requests, sum.inputTokens, sum.outputTokens,
                    sum.cost.nanos,
                ])
        }
        self = BatchTallies()
    }

    /// Reads where a request's key and account stand, once for each batch; returns whether it is a client's.
    private mutating func load(_ hold: Hold, _ db: Database) throws -> Bool {
        if let known = keys[hold.keyID] { return known.isClient }
        guard
            let key = try db.first(
                """
                SELECT kind, multiplier_numerator, multiplier_denominator, shown_carry, row_count, deleted_at_ms
                FROM keys WHERE id = ?
                """, [hold.keyID.rawValue]),
            let rows = try db.first("SELECT row_count FROM accounts WHERE id = ?", [hold.accountID.rawValue]),
            let multiplier = DisplayMultiplier(numerator: key[1], denominator: key[2])
        else { throw LedgerFailure.notFound("key") }
        let isClient = key[0] as Int == KeyKind.client.rawValue
        keys[hold.keyID] = KeyTally(
            isClient: isClient, isDeleted: (key[5] as Int64?) != nil, multiplier: multiplier, rows: key[4],
            carry: key[3])
        if accounts[hold.accountID] == nil { accounts[hold.accountID] = AccountTally(rows: rows[0]) }
        return isClient
    }
}

extension UsageSum {
    fileprivate mutating func add(_ other: UsageSum) {
        requests += other.requests
        inputTokens += other.inputTokens
        outputTokens += other.outputTokens
        cost += other.cost
        shownCost += other.shownCost
    }
}
