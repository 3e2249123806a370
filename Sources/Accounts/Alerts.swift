import Money

/// When an account wants to be warned; nil is never.
public struct Alerts: Hashable, Sendable {
    /// When less than this is available on the account.
    public var availableBelow: NanoUSD?
    /// When less than so many percent of a key's budget are left: 1 to 99.
    public var keyLeftPercent: Int?
    /// When a key expires within so many days: 1 to 365.
    public var daysToExpiry: Int?

    /// Creates the wish never to be warned.
    public init() {}
}
