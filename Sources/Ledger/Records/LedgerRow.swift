import Accounts
import Metering
import Money
import Timekeeping

/// One settled request.
public struct LedgerRow: Hashable, Sendable {
    /// Identifier of the request.
    public var requestID: UUIDv7
    /// The account that paid.
    public var accountID: AccountID
    /// The key that spent.
    public var keyID: KeyID
    /// The beginning of that key's secret, for display.
    public var keyDisplayID: String
    /// Whose money paid.
    public var payer: Payer
    /// The requested model.
    public var model: String
    /// The requested operation.
    public var operation: Operation
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
    /// The cost that the client is shown.
    public var shownCost: NanoUSD
    /// The part of the cost that was booked as an overrun on the account.
    public var overrun: NanoUSD
    /// The cost that the upstream reported, if it did.
    public var upstreamCost: NanoUSD?
    /// Time from the request's first byte to the answer's last, in milliseconds.
    public var durationMilliseconds: Int64
    /// Time from the request's first byte to the answer's first, in milliseconds.
    public var firstByteMilliseconds: Int64?
    /// The HTTP status that the client got.
    public var status: Int
    /// Ending of the request.
    public var ending: RequestEnding
    /// Number of attempts at an upstream.
    public var attempts: Int
    /// The account's markup that was in force.
    public var markup: Markup
    /// Version of the prices that were in force.
    public var priceVersion: Int64
    /// The display multiplier that was in force.
    public var multiplier: DisplayMultiplier
    /// When the request began.
    public var startedAt: Timestamp

    /// Creates a row from all of its parts.
    public init(
        requestID: UUIDv7, accountID: AccountID, keyID: KeyID, keyDisplayID: String, payer: Payer, model: String,
        operation: Operation, usage: Usage, usageSource: UsageSource, terms: ServiceTerms = .standard,
        flags: UsageFlags = [], cost: NanoUSD, shownCost: NanoUSD,
        overrun: NanoUSD, upstreamCost: NanoUSD?, durationMilliseconds: Int64, firstByteMilliseconds: Int64?,
        status: Int, ending: RequestEnding, attempts: Int, markup: Markup, priceVersion: Int64,
        multiplier: DisplayMultiplier, startedAt: Timestamp
    ) {
        self.requestID = requestID
        self.accountID = accountID
        self.keyID = keyID
        self.keyDisplayID = keyDisplayID
        self.payer = payer
        self.model = model
        self.operation = operation
        self.usage = usage
        self.usageSource = usageSource
        self.terms = terms
        self.flags = flags
        self.cost = cost
        self.shownCost = shownCost
        self.overrun = overrun
        self.upstreamCost = upstreamCost
        self.durationMilliseconds = durationMilliseconds
        self.firstByteMilliseconds = firstByteMilliseconds
        self.status = status
        self.ending = ending
        self.attempts = attempts
        self.markup = markup
        self.priceVersion = priceVersion
        self.multiplier = multiplier
        self.startedAt = startedAt
    }

    /// Whether the cost follows from the usage and the prices; an interrupted request is charged from its hold, and any other
    /// costs nothing.
    public var isChargedByUsage: Bool {
        (usageSource == .reported || usageSource == .estimated) && operation.isBilled
    }

    /// Creates a row from a settlement and what the ledger adds to it.
    public init(_ settlement: Settlement, shownCost: NanoUSD, keyDisplayID: String) {
        let hold = settlement.hold
        self.init(
            requestID: hold.requestID, accountID: hold.accountID, keyID: hold.keyID, keyDisplayID: keyDisplayID,
            payer: hold.payer, model: hold.model, operation: hold.operation, usage: settlement.usage,
            usageSource: settlement.usageSource, terms: settlement.terms, flags: settlement.flags,
            cost: settlement.cost, shownCost: shownCost,
            overrun: settlement.overrun, upstreamCost: settlement.upstreamCost,
            durationMilliseconds: settlement.durationMilliseconds,
            firstByteMilliseconds: settlement.firstByteMilliseconds, status: settlement.status,
            ending: settlement.ending, attempts: settlement.attempts, markup: hold.markup,
            priceVersion: hold.priceVersion, multiplier: hold.multiplier, startedAt: hold.startedAt)
    }
}
