import Accounts
import Metering
import Money
import Timekeeping

/// Money set aside for one request in flight: the most that it can cost.
public struct Hold: Hashable, Sendable {
    /// The request that the money is set aside for; a request has one hold.
    public var requestID: UUIDv7
    /// The account that pays in the end.
    public var accountID: AccountID
    /// The key that spends: a client key from its budget, an account key from the account's balance.
    public var keyID: KeyID
    /// The amount set aside.
    public var amount: NanoUSD
    /// What the request is charged if the gateway dies before it is settled: its input alone.
    public var interruptedCost: NanoUSD
    /// Whose money it is.
    public var payer: Payer
    /// The model that was asked for.
    public var model: String
    /// The operation that was asked for.
    public var operation: Operation
    /// The version of the price in force.
    public var priceVersion: Int64
    /// The multiplier in force.
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
