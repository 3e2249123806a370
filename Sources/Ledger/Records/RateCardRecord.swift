import Timekeeping

/// The record of a rate card. Records are kept forever, so that the prices of old rows can be read.
public struct RateCardRecord: Hashable, Sendable {
    /// The source of a rate card.
    public enum Origin: Int, Hashable, Sendable, CaseIterable {
        /// The operator's file, or the card that the gateway ships.
        case file = 1
        /// A call of the operator to the admin API.
        case call = 2
    }

    /// Version of exactly these prices; ledger rows name it.
    public var version: Int64
    /// When the prices come into force; they apply until a newer record does.
    public var effectiveFrom: Timestamp
    /// The source.
    public var origin: Origin
    /// The rate card, in YAML or JSON.
    public var card: String
    /// When they were recorded.
    public var recordedAt: Timestamp

    /// Creates a record.
    public init(version: Int64, effectiveFrom: Timestamp, origin: Origin, card: String, recordedAt: Timestamp) {
        self.version = version
        self.effectiveFrom = effectiveFrom
        self.origin = origin
        self.card = card
        self.recordedAt = recordedAt
    }
}
