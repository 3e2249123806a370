import Metering
import Money

/// How a request ended: what its hold becomes, and the rest of its row in the ledger.
///
/// A request that cost nothing (a void) is settled too, at zero: every admitted request has its row.
public struct Settlement: Hashable, Sendable {
    /// The hold that this ends.
    public var hold: Hold
    /// What was used.
    public var usage: TokenUsage
    /// How the usage was obtained.
    public var usageSource: UsageSource
    /// What the request really cost.
    public var cost: NanoUSD
    /// The part of the cost that neither the hold nor the rest of the budget covers: booked on the account,
    /// openly. What is charged is `cost - overrun`.
    public var overrun: NanoUSD
    /// What the upstream itself said that the request cost, if it did.
    public var upstreamCost: NanoUSD?
    /// From the request's first byte to the answer's last, in milliseconds.
    public var durationMilliseconds: Int64
    /// From the request's first byte to the answer's first, in milliseconds; nil if there was no answer.
    public var firstByteMilliseconds: Int64?
    /// The HTTP status that the client got (499 if it went away before any).
    public var status: Int
    /// How the request ended.
    public var ending: RequestEnding
    /// Attempts whose answer was not the client's, in their order.
    public var failedAttempts: [FailedAttempt]
    /// How often the request was sent to an upstream, failed attempts included.
    public var attempts: Int

    /// Creates a settlement from all of its parts.
    public init(
        hold: Hold, usage: TokenUsage, usageSource: UsageSource, cost: NanoUSD, overrun: NanoUSD = .zero,
        upstreamCost: NanoUSD? = nil, durationMilliseconds: Int64, firstByteMilliseconds: Int64?, status: Int,
        ending: RequestEnding = .complete, failedAttempts: [FailedAttempt] = [], attempts: Int = 1
    ) {
        self.hold = hold
        self.usage = usage
        self.usageSource = usageSource
        self.cost = cost
        self.overrun = overrun
        self.upstreamCost = upstreamCost
        self.durationMilliseconds = durationMilliseconds
        self.firstByteMilliseconds = firstByteMilliseconds
        self.status = status
        self.ending = ending
        self.failedAttempts = failedAttempts
        self.attempts = attempts
    }

    /// What the key is charged.
    public var charged: NanoUSD { cost - overrun }
}
