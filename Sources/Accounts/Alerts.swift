import Money

/// An account's alert thresholds; nil turns an alert off.
public struct Alerts: Hashable, Sendable {
    /// Warns when the account's available balance is below this amount.
    public var availableBelow: NanoUSD?
    /// Warns when less than this percentage of a key's budget is left: 1 to 99.
    public var keyLeftPercent: Int?
    /// Warns when a key expires within this many days: 1 to 365.
    public var daysToExpiry: Int?

    /// Creates thresholds with all alerts off.
    public init() {}
}
