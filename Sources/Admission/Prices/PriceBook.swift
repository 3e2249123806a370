import Ledger
import Logging
import Pricing
import Synchronization
import Timekeeping

/// The prices in force and those to come, in memory and in the ledger.
public final class PriceBook: Sendable {
    private struct State {
        var schedule: PriceSchedule
        /// The version of the operator's file that was recorded last.
        var fileVersion: Int64?
    }

    private let state: Mutex<State>
    private let store: any LedgerStore
    private let time: any TimeSource
    private let logger: Logger

    private init(_ state: State, store: any LedgerStore, time: any TimeSource, logger: Logger) {
        self.state = Mutex(state)
        self.store = store
        self.time = time
        self.logger = logger
    }

    /// Opens the book with the prices that a ledger has recorded, after the operator's file if it has changed.
    ///
    /// - Throws: `ManagementError`, or `RateCardError` if recorded prices that are in force or to come cannot be read.
    static func open(
        file card: RateCard, recorded: [RateCardRecord], store: any LedgerStore, time: any TimeSource, logger: Logger
    ) async throws -> PriceBook {
        let book = PriceBook(
            State(
                schedule: PriceSchedule(card), fileVersion: recorded.last { $0.origin == .file }?.version),
            store: store, time: time, logger: logger)
        var recorded = recorded
        if let adopted = try await book.reload(file: card, by: .gateway("start")) { recorded.append(adopted) }
        if let schedule = try PriceSchedule(recorded, now: time.now()) {
            book.state.withLock { $0.schedule = schedule }
        }
        return book
    }

    /// The prices in force.
    public var rateCard: RateCard {
        let now = time.now()
        return state.withLock { $0.schedule.card(at: now) }
    }

    /// The prices in force and those to come.
    public var schedule: PriceSchedule { state.withLock { $0.schedule } }

    /// Adopts the operator's file, unless its prices are those that it had when it was last recorded.
    ///
    /// - Returns: The new record, or nil if the prices are unchanged.
    @discardableResult
    public func reload(file card: RateCard, by actor: AuditActor) async throws(ManagementError) -> RateCardRecord? {
        guard state.withLock({ $0.fileVersion }) != card.version else { return nil }
        return try await adopt(card, origin: .file, from: time.now(), by: actor)
    }

    /// Records prices that are in force from a moment on. Rows that are already written keep their prices.
    ///
    /// - Throws: `ManagementError.unavailable` if the ledger cannot be written.
    @discardableResult
    public func adopt(
        _ card: RateCard, origin: RateCardRecord.Origin, from moment: Timestamp, by actor: AuditActor
    ) async throws(ManagementError) -> RateCardRecord {
        let now = time.now()
        let record = RateCardRecord(
            version: card.version, effectiveFrom: max(moment, now), origin: origin, card: card.text, recordedAt: now)
        let result: Result<RateCardRecord, LedgerFailure> = await withCheckedContinuation { continuation in
            store.enqueue(AdoptPrices(record).audited(by: actor, at: now)) { result in
                if case .success = result { self.publish(card, record) }
                continuation.resume(returning: result)
            }
        }
        do {
            _ = try result.get()
        } catch {
            throw ManagementError(error)
        }
        logger.notice(
            "prices adopted",
            metadata: ["version": "\(card.version)", "from": "\(record.effectiveFrom.rfc3339)"])
        return record
    }

    /// Brings recorded prices into memory, on the ledger's thread.
    ///
    /// - Rule: Prices are published in the order in which the ledger has recorded them.
    /// - Why: Of two records with the same effective time the later one is in force.
    /// - Without it: Two concurrent calls could leave memory with other prices than a restart would find.
    private func publish(_ card: RateCard, _ record: RateCardRecord) {
        state.withLock { state in
            state.schedule.add(card, from: record.effectiveFrom, now: record.recordedAt)
            if record.origin == .file { state.fileVersion = record.version }
        }
    }
}
