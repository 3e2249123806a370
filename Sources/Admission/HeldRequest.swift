import Ledger
import Metering
import Money
import Pricing

/// What a request asks for, once its body has been read.
public struct RequestDemand: Sendable {
    /// The operation.
    public var endpoint: Endpoint
    /// The model.
    public var model: String
    /// Size of the request's body.
    public var bodyBytes: Int
    /// The client's own bound on what the model may write.
    public var maxOutputTokens: Int64?
    /// How many answers are asked for at once.
    public var choices: Int64
    /// Whether the request's input may be written into a cache, which costs more than reading it.
    public var mayWriteCache: Bool

    /// Creates a demand from what was read of a body.
    public init(endpoint: Endpoint, facts: RequestFacts, bodyBytes: Int) {
        self.endpoint = endpoint
        self.bodyBytes = bodyBytes
        model = facts.model
        maxOutputTokens = facts.maxOutputTokens
        choices = facts.choices
        mayWriteCache = facts.mayWriteCache
    }
}

/// A request that was admitted: money is held for it and a slot is taken.
///
/// It cannot be copied, and ends in exactly one of `AdmissionControl.settle` and `AdmissionControl.abandon`.
public struct HeldRequest: ~Copyable, Sendable {
    /// The hold as the ledger has it.
    public let hold: Hold
    /// The price that the request is charged by.
    public let price: ModelPrice
    /// What the request asked for.
    public let demand: RequestDemand
}

/// The answer to a demand.
public enum AdmissionDecision: ~Copyable, Sendable {
    /// The request may be forwarded. Its answer's first byte waits until the hold is durable.
    case admitted(HeldRequest, RateHeadroom)
    /// The request may not be forwarded; nothing was counted.
    case refused(Refusal, RateHeadroom?)
}

/// How a request went, as far as the wire can tell.
public struct RequestOutcome: Sendable {
    /// What was used.
    public var usage: TokenUsage
    /// How that was obtained. `none` costs nothing.
    public var usageSource: UsageSource
    /// What the upstream itself said that the request cost.
    public var upstreamCost: NanoUSD?
    /// From the request's first byte to the answer's last, in milliseconds.
    public var durationMilliseconds: Int64
    /// From the request's first byte to the answer's first, in milliseconds.
    public var firstByteMilliseconds: Int64?
    /// The HTTP status that the client got.
    public var status: Int

    /// Creates an outcome.
    public init(
        usage: TokenUsage, usageSource: UsageSource, upstreamCost: NanoUSD? = nil, durationMilliseconds: Int64,
        firstByteMilliseconds: Int64?, status: Int
    ) {
        self.usage = usage
        self.usageSource = usageSource
        self.upstreamCost = upstreamCost
        self.durationMilliseconds = durationMilliseconds
        self.firstByteMilliseconds = firstByteMilliseconds
        self.status = status
    }
}
