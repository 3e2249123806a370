import Accounts
import GRDB
import Ledger
import Metering
import Money
import Timekeeping

/// The sums that a batch changes: added up in memory while it is written, and written once at its end. A batch of 64
/// requests of one key updates that key's counters once, not 128 times.
///
/// The database's constraints see only the end of a batch. Their rules are therefore checked here for each command, so that
/// no result depends on which other commands share the batch.
struct BatchAccumulator {
    /// The sequence numbers of a row, and the cost that its client is shown.
    struct RowPlace {
        var accountSequence: Int64
        var keySequence: Int64
        var shownCost: NanoUSD
        var keepsNoBudget: Bool
    }

    private var keys: [KeyID: KeyDelta] = [:]
    private var accounts: [AccountID: AccountDelta] = [:]
    private var days: [DayOfKey: RowSum] = [:]
    private var hours: [HourOfModel: RowSum] = [:]

    /// A change of a key's and an account's sums that is checked and not yet counted.
    struct Change {
        fileprivate let keyID: KeyID
        fileprivate let accountID: AccountID
        fileprivate var key: KeyDelta
        fileprivate var account: AccountDelta
    }

    /// A settlement that is checked and not yet counted.
    struct SettlementChange {
        /// The sequence numbers of its row.
        let place: RowPlace
        fileprivate let change: Change
        fileprivate let sum: UsageSum
    }

    /// Checks a hold.
    ///
    /// - Throws: `LedgerFailure` if it is refused; nothing is counted then.
    func checkHold(_ hold: Hold, _ statements: HotStatements, _ db: Database) throws -> Change {
        let change = try load(hold, statements, db)
        guard !change.key.isDeleted else { throw LedgerFailure.notFound("key") }
        return try Self.adding(hold.amount, to: hold, change)
    }

    /// Checks an addition to a hold; unlike a new hold, a deleted key may have it.
    func checkExtension(
        of hold: Hold, by amount: NanoUSD, _ statements: HotStatements, _ db: Database
    ) throws -> Change {
        try Self.adding(amount, to: hold, try load(hold, statements, db))
    }

    private static func adding(_ amount: NanoUSD, to hold: Hold, _ change: Change) throws -> Change {
        var change = change
        if hold.payer.drawsOnAccount {
            try take(amount, from: &change.account.available)
            change.account.held += amount
            change.key.drawnHeld += amount
        } else {
            try take(amount, from: &change.key.available)
            change.key.held += amount
        }
        return change
    }

    /// Checks a settlement and assigns the sequence numbers of its row.
    ///
    /// - Throws: `LedgerFailure` if it is refused; nothing is counted then.
    func checkSettlement(
        _ settlement: Settlement, _ statements: HotStatements, _ db: Database
    ) throws -> SettlementChange {
        let hold = settlement.hold
        var change = try load(hold, statements, db)
        let charged = settlement.charged
        // A hold with an earlier multiplier is rounded by itself: the key's rounding remainder belongs to the new one.
        let shown =
            change.key.multiplier == hold.multiplier
            ? hold.multiplier.shown(charged, carry: &change.key.carry) : hold.multiplier.shown(charged)
        change.key.newRows += 1
        change.key.inputTokens += settlement.usage.allInput
        change.key.outputTokens += settlement.usage.allOutput
        guard let shownSpent = change.key.shownSpent.adding(shown) else { throw LedgerFailure.refused("shown amount") }
        change.key.shownSpent = shownSpent
        change.account.newRows += 1
        change.account.overrun += settlement.overrun
        if hold.payer.drawsOnAccount {
            try Self.take(charged - hold.amount, from: &change.account.available)
            change.account.spent += charged
            change.account.held -= hold.amount
            change.key.drawn += charged
            change.key.drawnHeld -= hold.amount
        } else {
            try Self.take(charged - hold.amount, from: &change.key.available)
            change.key.spent += charged
            change.key.held -= hold.amount
            change.account.spentByClients += charged
        }
        let place = RowPlace(
            accountSequence: change.account.rows + change.account.newRows,
            keySequence: change.key.rows + change.key.newRows, shownCost: shown,
            keepsNoBudget: !hold.payer.drawsOnAccount && (change.key.isDeleted || change.key.drawsOnAccount))
        let sum = UsageSum(
            requests: 1, inputTokens: settlement.usage.allInput, outputTokens: settlement.usage.allOutput,
            others: settlement.usage.others, cost: charged, shownCost: shown)
        return SettlementChange(place: place, change: change, sum: sum)
    }

    /// Counts a change, once its command is written.
    mutating func count(_ change: Change) {
        keys[change.keyID] = change.key
        accounts[change.accountID] = change.account
    }

    /// Counts a settlement, once it is written.
    mutating func count(_ settlement: SettlementChange, of hold: Hold, modelID: Int64) {
        count(settlement.change)
        let (place, sum) = (settlement.place, settlement.sum)
        let day = DayOfKey(key: hold.keyID, day: hold.startedAt.day, modelID: modelID)
        days[day, default: RowSum()].add(
            sum, allowanceCost: hold.payer == .subscription ? sum.cost : .zero, at: place.keySequence)
        let hour = HourOfModel(account: hold.accountID, hour: hold.startedAt.hourNumber, modelID: modelID)
        hours[hour, default: RowSum()].add(sum, at: place.accountSequence)
    }

    /// Writes all sums and resets them.
    mutating func write(_ statements: HotStatements, _ db: Database) throws {
        for (id, delta) in keys {
            try statements.updateKey.run(db) { values in
                values.add(delta.spent.nanos)
                values.add(delta.held.nanos)
                values.add(delta.drawn.nanos)
                values.add(delta.drawnHeld.nanos)
                values.add(delta.shownSpent.nanos)
                values.add(delta.carry)
                values.add(delta.newRows)
                values.add(delta.inputTokens)
                values.add(delta.outputTokens)
                values.add(id.rawValue)
            }
        }
        for (id, delta) in accounts {
            try statements.updateAccount.run(db) { values in
                values.add(delta.spent.nanos)
                values.add(delta.held.nanos)
                values.add(delta.spentByClients.nanos)
                values.add(delta.overrun.nanos)
                values.add(delta.newRows)
                values.add(id.rawValue)
            }
        }
        for (day, rows) in days {
            let sum = rows.sum
            try statements.addDay.run(db) { values in
                values.add(day.key.rawValue)
                values.add(day.day.number)
                values.add(day.modelID)
                values.add(sum.requests)
                values.add(sum.inputTokens)
                values.add(sum.outputTokens)
                values.add(sum.cost.nanos)
                values.add(sum.shownCost.nanos)
                values.add(rows.allowanceCost.nanos)
                values.add(rows.sequences?.lowerBound ?? 0)
                values.add(rows.sequences?.upperBound ?? 0)
            }
            try Self.write(
                sum.others, to: statements.addDimensionOfDay, of: day.key.rawValue, at: day.day.number, day.modelID, db)
        }
        // Rare: a request that began in a week that has been summed up.
        for (day, rows) in days where keys[day.key].map({ day.day < $0.summedUntil }) ?? false {
            try statements.addWeek.run(db) { values in
                values.add(day.key.rawValue)
                values.add(day.day.firstOfWeek.number)
                values.add(day.modelID)
                values.add(rows.sum.requests)
                values.add(rows.sum.inputTokens)
                values.add(rows.sum.outputTokens)
                values.add(rows.sum.cost.nanos)
                values.add(rows.sum.shownCost.nanos)
            }
            try Self.write(
                rows.sum.others, to: statements.addDimensionOfWeek, of: day.key.rawValue,
                at: day.day.firstOfWeek.number, day.modelID, db)
        }
        for (hour, rows) in hours {
            let sum = rows.sum
            try statements.addHour.run(db) { values in
                values.add(hour.account.rawValue)
                values.add(hour.hour)
                values.add(hour.modelID)
                values.add(sum.requests)
                values.add(sum.inputTokens)
                values.add(sum.outputTokens)
                values.add(sum.cost.nanos)
                values.add(rows.sequences?.lowerBound ?? 0)
                values.add(rows.sequences?.upperBound ?? 0)
            }
            try Self.write(
                sum.others, to: statements.addDimensionOfHour, of: hour.account.rawValue, at: hour.hour, hour.modelID,
                db)
        }
        keys.removeAll(keepingCapacity: true)
        accounts.removeAll(keepingCapacity: true)
        days.removeAll(keepingCapacity: true)
        hours.removeAll(keepingCapacity: true)
    }

    /// Writes the quantities of one sum beside it; most sums have none.
    private static func write(
        _ quantities: [Usage.Quantity], to statement: HotStatement, of owner: Int64, at time: Int64, _ modelID: Int64,
        _ db: Database
    ) throws {
        for quantity in quantities {
            try statement.run(db) { values in
                values.add(owner)
                values.add(time)
                values.add(modelID)
                values.add(quantity.dimension.rawValue)
                values.add(quantity.amount)
            }
        }
    }

    /// Subtracts an amount, which may be negative; a negative result is refused.
    private static func take(_ amount: NanoUSD, from available: inout NanoUSD) throws {
        available -= amount
        guard available >= .zero else { throw LedgerFailure.refused("more than is available") }
    }

    /// Returns the sums of a request's key and account, unchanged; each is read once in a batch.
    private func load(_ hold: Hold, _ statements: HotStatements, _ db: Database) throws -> Change {
        guard let key = try keys[hold.keyID] ?? readKey(hold.keyID, statements, db) else {
            throw LedgerFailure.notFound("key")
        }
        guard key.accountID == hold.accountID else { throw LedgerFailure.notFound("key of the account") }
        let account =
            try accounts[hold.accountID]
            ?? statements.account.first(db, { $0.add(hold.accountID.rawValue) }, { AccountDelta(&$0) })
        guard let account else { throw LedgerFailure.notFound("account") }
        return Change(keyID: hold.keyID, accountID: hold.accountID, key: key, account: account)
    }

    private func readKey(_ id: KeyID, _ statements: HotStatements, _ db: Database) throws -> KeyDelta? {
        try statements.key.first(db, { $0.add(id.rawValue) }, { try KeyDelta(&$0) })
    }
}
