import Ledger
import Pricing
import Timekeeping

/// The prices in force and those to come.
public struct PriceSchedule: Sendable {
    /// A rate card with its effective time.
    public struct Entry: Sendable {
        /// When it comes into force.
        public var effectiveFrom: Timestamp
        /// The prices.
        public var card: RateCard
    }

    /// The card in force, then those to come, by effective time.
    public private(set) var entries: [Entry]

    /// Creates a schedule of one card that is in force at all times.
    init(_ card: RateCard) {
        entries = [Entry(effectiveFrom: Timestamp(milliseconds: .min), card: card)]
    }

    /// Creates the schedule that a ledger has recorded, or nil if no record is in force.
    ///
    /// In force is the record with the latest effective time that has come; of two with the same time, the later record.
    ///
    /// - Throws: `RateCardError` if a card that is in force or to come cannot be read.
    init?(_ records: [RateCardRecord], now: Timestamp) throws(RateCardError) {
        entries = []
        var current: RateCardRecord?
        for record in records where record.effectiveFrom <= now {
            if current.map({ $0.effectiveFrom <= record.effectiveFrom }) ?? true { current = record }
        }
        guard let current else { return nil }
        for record in [current] + records.filter({ $0.effectiveFrom > now }) { try add(record) }
    }

    /// Returns the prices in force at a moment.
    func card(at now: Timestamp) -> RateCard {
        // Nearly always there is one entry, or the first of two.
        guard entries.count > 1, let entry = entries.last(where: { $0.effectiveFrom <= now }) else {
            return entries[0].card
        }
        return entry.card
    }

    /// Adds a card, and removes those that are no longer in force.
    mutating func add(_ card: RateCard, from moment: Timestamp, now: Timestamp) {
        let place = entries.lastIndex { $0.effectiveFrom <= moment }.map { $0 + 1 } ?? 0
        entries.insert(Entry(effectiveFrom: moment, card: card), at: place)
        if let current = entries.lastIndex(where: { $0.effectiveFrom <= now }) { entries.removeFirst(current) }
    }

    private mutating func add(_ record: RateCardRecord) throws(RateCardError) {
        let card = try RateCard(yaml: record.card, source: "rate card \(record.version) of the ledger")
        add(card, from: record.effectiveFrom, now: Timestamp(milliseconds: .min))
    }
}
