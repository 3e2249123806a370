import Accounts
import Ledger
import Metering
import Money
import Pricing

/// What a request asks for, once its body has been read.
public struct RequestDemand: Sendable {
    /// The operation.
    public var operation: Operation
    /// The model.
    public var model: String
    /// What bounds its cost.
    public var price: PriceDemand
    /// Fewest output tokens with which the request makes sense.
    public var leastOutputTokens: Int64

    /// More than any image takes that is priced by its tokens: the largest documented one has 6,240, and 100 for each of
    /// three previews.
    private static let tokensOfImage: Int64 = 10_000

    /// Creates a demand from what was read of a body.
    public init(operation: Operation, facts: RequestFacts) {
        self.operation = operation
        model = facts.model
        leastOutputTokens = facts.leastOutputTokens
        let makesImages = operation == .imageGenerations
        price = PriceDemand(
            input: facts.input, maxOutputTokens: makesImages ? Self.tokensOfImage : facts.maxOutputTokens,
            choices: facts.choices, images: makesImages ? facts.choices : 0, mayWriteCache: facts.mayWriteCache,
            generatesText: operation.generatesText || makesImages)
    }
}

/// A request that was admitted: money is held for it and a slot is taken.
///
/// It cannot be copied, and ends in exactly one of `RequestAdmission.settle` and `RequestAdmission.abandon`.
public struct HeldRequest: ~Copyable, Sendable {
    /// The hold as the ledger has it; extensions add to it.
    public internal(set) var hold: Hold
    /// The price that the request is charged by.
    public let price: ModelPrice
    /// What the request asked for, with the bound on its output that holds.
    public let demand: RequestDemand
    /// The bound on each answer's output that what is left of the money pays for, in tokens; nil if the request's own
    /// bound fits.
    public let outputLimit: Int64?
    /// Tokens that are reserved for it in its key's limit of tokens per minute.
    let reservedTokens: Int64
    /// What is to happen if the client goes away.
    public let disconnect: DisconnectPolicy
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
    /// How the request ended.
    public var ending: RequestEnding
    /// Attempts whose answer was not the client's.
    public var failedAttempts: [FailedAttempt]
    /// How often the request was sent to an upstream, failed attempts included.
    public var attempts: Int

    /// Creates an outcome.
    public init(
        usage: TokenUsage, usageSource: UsageSource, upstreamCost: NanoUSD? = nil, durationMilliseconds: Int64,
        firstByteMilliseconds: Int64?, status: Int, ending: RequestEnding = .complete,
        failedAttempts: [FailedAttempt] = [], attempts: Int = 1
    ) {
        self.usage = usage
        self.usageSource = usageSource
        self.upstreamCost = upstreamCost
        self.durationMilliseconds = durationMilliseconds
        self.firstByteMilliseconds = firstByteMilliseconds
        self.status = status
        self.ending = ending
        self.failedAttempts = failedAttempts
        self.attempts = attempts
    }
}
