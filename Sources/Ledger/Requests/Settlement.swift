import Metering
import Money

/// The end of a request: the outcome of its hold, and the other values of its row.
///
/// A request that cost nothing (a void) is settled too, at zero: every admitted request has a row.
public struct Settlement: Hashable, Sendable {
    /// The hold that ends.
    public var hold: Hold
    /// Quantities used.
    public var usage: Usage
    /// Source of the usage.
    public var usageSource: UsageSource
    /// Terms under which the upstream served the request.
    public var terms: ServiceTerms
    /// Doubts about the usage.
    public var flags: UsageFlags
    /// The real cost.
    public var cost: NanoUSD
    /// Part of the cost that neither the hold nor the rest of the budget covers: booked as an overrun on the account. The charge
    /// is `cost - overrun`.
    public var overrun: NanoUSD
    /// The cost that the upstream reported, if it did.
    public var upstreamCost: NanoUSD?
    /// Time from the request's first byte to the answer's last, in milliseconds.
    public var durationMilliseconds: Int64
    /// Time from the request's first byte to the answer's first, in milliseconds; nil if there was no answer.
    public var firstByteMilliseconds: Int64?
    /// The HTTP status that the client got (499 if it disconnected before any).
    public var status: Int
    /// Ending of the request.
    public var ending: RequestEnding
    /// Failed attempts at an upstream, in their order.
    public var failedAttempts: [FailedAttempt]
    /// Number of attempts at an upstream, failed ones included.
    public var attempts: Int

    /// Creates a settlement from all of its parts.
    public init(
        hold: Hold, usage: Usage, usageSource: UsageSource, terms: ServiceTerms = .standard,
        flags: UsageFlags = [], cost: NanoUSD, overrun: NanoUSD = .zero,
        upstreamCost: NanoUSD? = nil, durationMilliseconds: Int64, firstByteMilliseconds: Int64?, status: Int,
        ending: RequestEnding = .complete, failedAttempts: [FailedAttempt] = [], attempts: Int = 1
    ) {
        self.hold = hold
        self.usage = usage
        self.usageSource = usageSource
        self.terms = terms
        self.flags = flags
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

    /// The charge.
    public var charged: NanoUSD { cost - overrun }
}
