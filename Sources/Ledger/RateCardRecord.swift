import Timekeeping

/// Prices as the ledger keeps them: what was ever in force stays readable.
public struct RateCardRecord: Hashable, Sendable {
    /// Where prices come from.
    public enum Origin: Int, Hashable, Sendable, CaseIterable {
        /// The file that the gateway was started with, or the card that it ships.
        case file = 1
        /// A call of the operator.
        case call = 2
    }

    /// A number that stands for exactly these prices; ledger rows name it.
    public var version: Int64
    /// They are in force from then on, until a newer record is.
    public var effectiveFrom: Timestamp
    /// Where they come from.
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
