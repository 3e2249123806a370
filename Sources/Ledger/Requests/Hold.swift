import Accounts
import Metering
import Money
import Timekeeping

/// Money set aside for one request in flight: its maximum cost.
public struct Hold: Hashable, Sendable {
    /// The request that the money is set aside for; a request has one hold.
    public var requestID: UUIDv7
    /// The account of the key.
    public var accountID: AccountID
    /// The key that spends.
    public var keyID: KeyID
    /// The amount set aside.
    public var amount: NanoUSD
    /// Charge if the gateway stops before the request is settled: the cost of its input alone.
    public var interruptedCost: NanoUSD
    /// Whose money pays.
    public var payer: Payer
    /// The requested model.
    public var model: String
    /// The requested operation.
    public var operation: Operation
    /// Version of the prices in force.
    public var priceVersion: Int64
    /// The display multiplier in force.
    public var multiplier: DisplayMultiplier
    /// The account's markup in force.
    public var markup: Markup
    /// When the request began.
    public var startedAt: Timestamp

    /// Creates a hold from all of its parts.
    public init(
        requestID: UUIDv7, accountID: AccountID, keyID: KeyID, amount: NanoUSD, interruptedCost: NanoUSD,
        payer: Payer = .budget, model: String, operation: Operation, priceVersion: Int64, multiplier: DisplayMultiplier,
        markup: Markup = .none,
        startedAt: Timestamp
    ) {
        self.requestID = requestID
        self.accountID = accountID
        self.keyID = keyID
        self.amount = amount
        self.interruptedCost = interruptedCost
        self.payer = payer
        self.model = model
        self.operation = operation
        self.priceVersion = priceVersion
        self.multiplier = multiplier
        self.markup = markup
        self.startedAt = startedAt
    }
}
