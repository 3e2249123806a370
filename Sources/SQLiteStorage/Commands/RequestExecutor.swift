import Accounts
import GRDB
import Ledger
import Metering
import Money
import Timekeeping

/// Writes commands of requests, inside the writer's transaction.
///
/// Cached values of the database are discarded when a transaction or savepoint is rolled back.
struct RequestExecutor {
    private var modelIDs: [String: Int64] = [:]
    private var batch = BatchAccumulator()
    private var hotStatements: HotStatements?

    /// Discards sums and cached values, after the rollback of a transaction or savepoint.
    mutating func forget() {
        modelIDs = [:]
        batch = BatchAccumulator()
    }

    /// Writes the sums of the batch so far; called before a commit, and before and after a savepoint.
    mutating func writeSums(_ db: Database) throws {
        try batch.write(try statements(db), db)
    }

    private mutating func statements(_ db: Database) throws -> HotStatements {
        if let hotStatements { return hotStatements }
        let made = try HotStatements(db)
        hotStatements = made
        return made
    }

    /// Applies a command.
    ///
    /// - Throws: `LedgerFailure` only if nothing was written; ``PartialWrite`` after the first write.
    mutating func apply(_ command: RequestCommand, _ db: Database) throws -> RequestReceipt {
        switch command {
        case .hold(let hold): try place(hold, db)
        case .extend(let hold, let amount): try extend(hold, by: amount, db)
        case .settle(let settlement): try settle(settlement, db)
        case .remember(let objects): try remember(objects, db)
        }
    }

    private mutating func place(_ hold: Hold, _ db: Database) throws -> RequestReceipt {
        let statements = try statements(db)
        let change = try batch.checkHold(hold, statements, db)
        let modelID = try modelID(hold.model, db)
        try Self.writeFirst {
            try statements.insertHold.run(db) { values in
                values.add(hold.requestID)
                values.add(hold.accountID.rawValue)
                values.add(hold.keyID.rawValue)
                values.add(hold.amount.nanos)
                values.add(hold.interruptedCost.nanos)
                values.add(modelID)
                values.add(hold.operation.rawValue)
                values.add(hold.priceVersion)
                values.add(hold.multiplier.numerator)
                values.add(hold.multiplier.denominator)
                values.add(hold.startedAt.milliseconds)
                values.add(hold.markup.millionths)
                values.add(hold.payer.rawValue)
            }
        }
        batch.count(change)
        return RequestReceipt()
    }

    private mutating func remember(_ objects: GivenObjects, _ db: Database) throws -> RequestReceipt {
        let statements = try statements(db)
        let modelID = try modelID(objects.model, db)
        // An unknown key is refused at the first of them.
        try Self.writeFirst {
            for digest in objects.digests {
                try statements.insertObject.run(db) { values in
                    values.add(objects.keyID.rawValue)
                    values.add(digest.rawValue)
                    values.add(modelID)
                    values.add(objects.givenAt.milliseconds)
                }
            }
        }
        return RequestReceipt()
    }

    private mutating func extend(_ hold: Hold, by amount: NanoUSD, _ db: Database) throws -> RequestReceipt {
        let statements = try statements(db)
        let change = try checking(hold, amount: nil, statements, db) {
            try batch.checkExtension(of: hold, by: amount, statements, db)
        }
        let changed = try Self.writeFirst {
            try statements.extendHold.run(db) { values in
                values.add(amount.nanos)
                values.add(hold.requestID)
                values.add(hold.accountID.rawValue)
                values.add(hold.keyID.rawValue)
                values.add(hold.payer.rawValue)
            }
        }
        guard changed == 1 else { throw Self.noHold(hold) }
        batch.count(change)
        return RequestReceipt()
    }

    private mutating func settle(_ settlement: Settlement, _ db: Database) throws -> RequestReceipt {
        let statements = try statements(db)
        let hold = settlement.hold
        let change = try checking(hold, amount: hold.amount, statements, db) {
            try batch.checkSettlement(settlement, statements, db)
        }
        let deleted = try statements.deleteHold.run(db) { values in
            values.add(hold.requestID)
            values.add(hold.accountID.rawValue)
            values.add(hold.keyID.rawValue)
            values.add(hold.amount.nanos)
            values.add(hold.payer.rawValue)
        }
        guard deleted == 1 else { throw Self.noHold(hold) }
        do {
            return try write(settlement, change, statements, db)
        } catch let failure as LedgerFailure {
            throw PartialWrite(reason: failure)
        }
    }

    /// Writes the rest of a settlement whose hold is deleted.
    private mutating func write(
        _ settlement: Settlement, _ change: BatchAccumulator.SettlementChange, _ statements: HotStatements,
        _ db: Database
    ) throws -> RequestReceipt {
        let hold = settlement.hold
        let modelID = try modelID(hold.model, db)
        try insert(settlement, at: change.place, modelID: modelID, statements, db)
        for (index, attempt) in settlement.failedAttempts.enumerated() {
            try record(attempt, number: index + 1, of: hold, db)
        }
        batch.count(change, of: hold, modelID: modelID)
        guard change.place.keepsNoBudget else { return RequestReceipt() }
        try batch.write(statements, db)
        let endedAt = Timestamp(milliseconds: hold.startedAt.milliseconds + settlement.durationMilliseconds)
        return RequestReceipt(refunded: try Postings(db: db).refundRest(of: hold.keyID, at: endedAt))
    }

    /// Runs the first write of a command. A statement that a constraint refuses has written nothing, so the rest of the
    /// batch goes on.
    @discardableResult
    private static func writeFirst<Value>(_ write: () throws -> Value) throws -> Value {
        do {
            return try write()
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
            throw LedgerFailure.refused("\(error)")
        }
    }

    /// Checks a change of a hold; a hold that does not exist is reported as missing, whatever else is wrong.
    ///
    /// - Parameter amount: The amount that the hold must have; nil accepts any.
    private func checking<Value>(
        _ hold: Hold, amount: NanoUSD?, _ statements: HotStatements, _ db: Database, _ check: () throws -> Value
    ) throws -> Value {
        do {
            return try check()
        } catch let failure as LedgerFailure {
            let found = try statements.holdAmount.first(
                db,
                { values in
                    values.add(hold.requestID)
                    values.add(hold.accountID.rawValue)
                    values.add(hold.keyID.rawValue)
                    values.add(hold.payer.rawValue)
                }, { $0.nanoUSD("amount_nano_usd") })
            guard let found, found == amount ?? found else { throw Self.noHold(hold) }
            throw failure
        }
    }

    private static func noHold(_ hold: Hold) -> LedgerFailure { .notFound("hold \(hold.requestID.requestText)") }

    private func insert(
        _ settlement: Settlement, at place: BatchAccumulator.RowPlace, modelID: Int64, _ statements: HotStatements,
        _ db: Database
    ) throws {
        let hold = settlement.hold
        let usage = settlement.usage
        try statements.insertRow.run(db) { values in
            values.add(hold.requestID)
            values.add(hold.accountID.rawValue)
            values.add(hold.keyID.rawValue)
            values.add(place.accountSequence)
            values.add(place.keySequence)
            values.add(modelID)
            values.add(hold.operation.rawValue)
            values.add(usage.input)
            values.add(usage.output)
            values.add(usage.cacheRead)
            values.add(usage.cacheWrite5m)
            values.add(usage.cacheWrite1h)
            values.add(settlement.usageSource.rawValue)
            values.add(settlement.cost.nanos)
            values.add(settlement.overrun.nanos)
            values.add(place.shownCost.nanos)
            values.add(settlement.upstreamCost?.nanos)
            values.add(hold.priceVersion)
            values.add(hold.multiplier.numerator)
            values.add(hold.multiplier.denominator)
            values.add(settlement.durationMilliseconds)
            values.add(settlement.firstByteMilliseconds)
            values.add(settlement.status)
            values.add(hold.startedAt.milliseconds)
            values.add(hold.markup.millionths)
            values.add(settlement.ending.rawValue)
            values.add(settlement.attempts)
            values.add(usage.pictures)
            values.add(hold.payer.rawValue)
            values.add(settlement.terms.tier.rawValue)
            values.add(settlement.terms.isResident ? 1 : 0)
            values.add(settlement.terms.isFast ? 1 : 0)
            values.add(settlement.terms.pictureForm)
            values.add(settlement.flags.rawValue)
            values.add(CostRules.current)
        }
        guard !usage.others.isEmpty else { return }
        let row = db.lastInsertedRowID
        for quantity in usage.others {
            try statements.insertDimension.run(db) { values in
                values.add(row)
                values.add(quantity.dimension.rawValue)
                values.add(quantity.amount)
            }
        }
    }

    private func record(_ attempt: FailedAttempt, number: Int, of hold: Hold, _ db: Database) throws {
        let (reason, status): (Int, Int?) =
            switch attempt.reason {
            case .unreachable: (1, nil)
            case .closed: (2, nil)
            case .status(let status): (3, status)
            }
        try db.run(
            """
            INSERT INTO failed_attempts (request_id, number, reason, http_status, duration_ms) VALUES (?, ?, ?, ?, ?)
            """,
            [hold.requestID.data, number, reason, status, attempt.durationMilliseconds])
    }

    private mutating func modelID(_ name: String, _ db: Database) throws -> Int64 {
        if let known = modelIDs[name] { return known }
        try db.run("INSERT INTO models (name) VALUES (?) ON CONFLICT DO NOTHING", [name])
        guard let id = try db.first("SELECT id FROM models WHERE name = ?", [name])?["id"] as Int64? else {
            throw LedgerFailure.notFound("model")
        }
        // Clients choose the names, so the cache is bounded.
        if modelIDs.count >= Self.mostModelIDs { modelIDs = [:] }
        modelIDs[name] = id
        return id
    }

    private static let mostModelIDs = 10_000
}
