import Accounts
import Ledger
import Metering
import Money
import Pricing

/// The properties of a request that admission decides by, read from its body.
public struct RequestDemand: Sendable {
    /// The operation.
    public var operation: Operation
    /// The model.
    public var model: String
    /// The amounts that bound its cost.
    public var price: PriceDemand
    /// The fewest output tokens with which the request makes sense.
    public var leastOutputTokens: Int64
    /// Whether its output can be limited to what the money left pays for.
    public var mayLimitOutput: Bool

    /// Creates a demand from the facts of a body.
    public init(operation: Operation, facts: RequestFacts) {
        self.operation = operation
        model = facts.model
        leastOutputTokens = facts.leastOutputTokens
        mayLimitOutput = operation.generatesText && facts.mayLimitOutput
        let generatesImages = operation.generatesImages
        price = PriceDemand(
            input: facts.input, maxOutputTokens: generatesImages ? ModelPrice.tokensOfPicture : facts.maxOutputTokens,
            choices: facts.choices, pictures: generatesImages ? facts.choices : 0, mayWriteCache: facts.mayWriteCache,
            generatesText: operation.writesTokens)
        price.tier = facts.tier
        price.isResident = facts.isResident
        price.isFast = facts.isFast
        price.hostedTools = facts.hostedTools
        price.pictureForm = facts.pictureForm
        price.quantities = facts.quantities
        price.requirements = facts.requirements
    }
}

/// An admitted request: money is held for it and a slot is taken.
///
/// - Rule: It ends exactly once, in `RequestAdmission.settle` or `RequestAdmission.abandon`, and cannot be copied.
/// - Why: Its end frees the slot and the money.
/// - Without it: A request that ended twice would be charged twice, and one that never ended would block its money until the
///   next start.
public struct HeldRequest: ~Copyable, Sendable {
    /// The hold, extensions included.
    public internal(set) var hold: Hold
    /// The price that the request is charged by.
    public let price: ModelPrice
    /// The demand, with the output limit in force.
    public let demand: RequestDemand
    /// The limit of each answer's output that the money left pays for, in tokens; nil if the whole bound of the request is held.
    public let outputLimit: Int64?
    /// Tokens reserved in the key's limit of tokens per minute.
    let reservedTokens: Int64
    /// What happens if the client disconnects.
    public let disconnect: DisconnectPolicy
}

/// The result of `RequestAdmission.admit`.
public enum AdmissionDecision: ~Copyable, Sendable {
    /// The request may be forwarded. Its answer's first byte waits until the hold is durable.
    case admitted(HeldRequest, RateHeadroom)
    /// The request may not be forwarded; nothing was counted.
    case refused(Refusal, RateHeadroom?)
}

/// Usage, times and status of a request that has ended.
public struct RequestOutcome: Sendable {
    /// Quantities used.
    public var usage: Usage
    /// Source of the usage. `none` costs nothing.
    public var usageSource: UsageSource
    /// Terms under which the upstream served the request.
    public var terms: ServiceTerms
    /// Doubts about the usage.
    public var flags: UsageFlags
    /// The cost that the upstream reported.
    public var upstreamCost: NanoUSD?
    /// From the first byte of the request to the last of the answer, in milliseconds.
    public var durationMilliseconds: Int64
    /// From the first byte of the request to the first of the answer, in milliseconds.
    public var firstByteMilliseconds: Int64?
    /// The HTTP status that the client got.
    public var status: Int
    /// Ending of the request.
    public var ending: RequestEnding
    /// Attempts whose answer was not passed on to the client.
    public var failedAttempts: [FailedAttempt]
    /// Attempts in all, failed ones included.
    public var attempts: Int

    /// Creates an outcome.
    public init(
        usage: Usage, usageSource: UsageSource, terms: ServiceTerms = .standard, flags: UsageFlags = [],
        upstreamCost: NanoUSD? = nil, durationMilliseconds: Int64,
        firstByteMilliseconds: Int64?, status: Int, ending: RequestEnding = .complete,
        failedAttempts: [FailedAttempt] = [], attempts: Int = 1
    ) {
        self.usage = usage
        self.usageSource = usageSource
        self.terms = terms
        self.flags = flags
        self.upstreamCost = upstreamCost
        self.durationMilliseconds = durationMilliseconds
        self.firstByteMilliseconds = firstByteMilliseconds
        self.status = status
        self.ending = ending
        self.failedAttempts = failedAttempts
        self.attempts = attempts
    }

    /// The outcome of a request whose hold could not be written.
    static let abandoned = RequestOutcome(
        usage: .zero, usageSource: .none, durationMilliseconds: 0, firstByteMilliseconds: nil, status: 503,
        ending: .failed)
}
