import Accounts
import GRDB
import Ledger
import Metering
import Money
import Timekeeping

/// The sums that a batch changes, kept while it is written and written once at its end: a batch of 64 requests
/// of one key changes that key's counters once, not 128 times.
///
/// The database sees only the end of a batch. What its constraints would say of each command alone is therefore said
/// here, so that no command's fate depends on which others happen to share its batch.
struct BatchTallies {
    /// Where a row stands, and what its client sees of it.
    struct RowPlace {
        var accountSequence: Int64
        var keySequence: Int64
        var shownCost: NanoUSD
        var isKeyDeleted: Bool
    }

    private struct KeyTally {
        let accountID: AccountID
        let isClient: Bool
        let isDeleted: Bool
        let multiplier: DisplayMultiplier
        /// Rows before the batch.
        let rows: Int64
        var carry: Int64
        /// What can still be held or charged; an account key's is its account's.
        var available: NanoUSD
        var newRows: Int64 = 0
        var spent = NanoUSD.zero
        var held = NanoUSD.zero
        var shownSpent = NanoUSD.zero

        init(_ id: KeyID, _ db: Database) throws {
            let key = try db.first(
                """
                SELECT account_id, kind, deleted_at_ms, multiplier_numerator, multiplier_denominator, row_count,
                    shown_carry, budget_nano_usd - spent_nano_usd - held_nano_usd FROM keys WHERE id = ?
                """, [id.rawValue])
            guard let key, let multiplier = DisplayMultiplier(numerator: key[3], denominator: key[4]) else {
                throw LedgerFailure.notFound("key")
            }
            accountID = AccountID(key[0])
            isClient = key[1] as Int == KeyKind.client.rawValue
            isDeleted = (key[2] as Int64?) != nil
            self.multiplier = multiplier
            rows = key[5]
            carry = key[6]
            available = NanoUSD(nanos: key[7])
        }
    }

    private struct AccountTally {
        /// Rows before the batch.
        let rows: Int64
        /// What the account's own key can still hold or be charged.
        var available: NanoUSD
        var newRows: Int64 = 0
        var spent = NanoUSD.zero
        var held = NanoUSD.zero
        var spentByClients = NanoUSD.zero
        var overrun = NanoUSD.zero

        init(_ id: AccountID, _ db: Database) throws {
            let account = try db.first(
                """
                SELECT row_count, deposited_nano_usd - allocated_nano_usd - spent_nano_usd - held_nano_usd
                FROM accounts WHERE id = ?
                """, [id.rawValue])
            guard let account else { throw LedgerFailure.notFound("account") }
            rows = account[0]
            available = NanoUSD(nanos: account[1])
        }
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
        var (key, account) = try load(hold, db)
        guard !key.isDeleted else { throw LedgerFailure.notFound("key") }
        key.held += hold.amount
        if key.isClient {
            try Self.take(hold.amount, from: &key.available)
        } else {
            try Self.take(hold.amount, from: &account.available)
            account.held += hold.amount
        }
        keys[hold.keyID] = key
        accounts[hold.accountID] = account
    }

    /// Counts what is added to a hold; unlike a new hold, also for a key that was deleted meanwhile.
    mutating func extend(_ hold: Hold, by amount: NanoUSD, _ db: Database) throws {
        var (key, account) = try load(hold, db)
        key.held += amount
        if key.isClient {
            try Self.take(amount, from: &key.available)
        } else {
            try Self.take(amount, from: &account.available)
            account.held += amount
        }
        keys[hold.keyID] = key
        accounts[hold.accountID] = account
    }

    /// Counts a settlement and gives its row a place.
    mutating func settle(_ settlement: Settlement, modelID: Int64, _ db: Database) throws -> RowPlace {
        let hold = settlement.hold
        var (key, account) = try load(hold, db)
        let charged = settlement.charged
        // A multiplier that was changed meanwhile has a rounding of its own; the key's carry is not touched.
        let shown =
            key.multiplier == hold.multiplier
            ? hold.multiplier.shown(charged, carry: &key.carry) : hold.multiplier.shown(charged)
        key.newRows += 1
        key.spent += charged
        key.held -= hold.amount
        guard let shownSpent = key.shownSpent.adding(shown) else { throw LedgerFailure.refused("shown amount") }
        key.shownSpent = shownSpent
        account.newRows += 1
        account.overrun += settlement.overrun
        if key.isClient {
            try Self.take(charged - hold.amount, from: &key.available)
            account.spentByClients += charged
        } else {
            try Self.take(charged - hold.amount, from: &account.available)
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

    /// Takes an amount, or gives a negative one back; more than there is, is refused.
    private static func take(_ amount: NanoUSD, from available: inout NanoUSD) throws {
        available -= amount
        guard available >= .zero else { throw LedgerFailure.refused("more than there is") }
    }

    /// Returns where a request's key and account stand: read once for each batch.
    private func load(_ hold: Hold, _ db: Database) throws -> (KeyTally, AccountTally) {
        let key = try keys[hold.keyID] ?? KeyTally(hold.keyID, db)
        guard key.accountID == hold.accountID else { throw LedgerFailure.notFound("key of the account") }
        return (key, try accounts[hold.accountID] ?? AccountTally(hold.accountID, db))
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
