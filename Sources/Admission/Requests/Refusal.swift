import Metering
import Money
import Timekeeping

/// The reason why a request is not admitted. Amounts are those that the client may see.
public enum Refusal: Error, Hashable, Sendable {
    /// No key was presented, or the key is unknown.
    case unknownKey
    /// Keys of this kind cannot make model requests.
    case wrongKind
    /// The key is disabled.
    case disabled
    /// The key has expired.
    case expired(at: Timestamp)
    /// The key may not be used from the client's address.
    case addressNotAllowed
    /// The key may not use this model.
    case modelNotAllowed(model: String)
    /// The limit of requests per minute is reached.
    case rateLimited(limit: Int, retryAfterMilliseconds: Int64)
    /// The limit of requests per day is reached.
    case dailyLimit(limit: Int, opensAt: Timestamp, retryAfterMilliseconds: Int64)
    /// The limit of tokens per minute leaves too few for this request: tokens of the last 60 seconds and reservations of
    /// requests in flight count. Without a time to wait, the request alone exceeds the limit.
    case tokensLimited(limit: Int64, needed: Int64, retryAfterMilliseconds: Int64?)
    /// The limit of requests in flight is reached.
    case tooManyConcurrent(limit: Int)
    /// The rate card has no price for the model.
    case modelNotPriced(model: String)
    /// The rate card has no rate for what the request asks for.
    case notPriced(model: String, PriceRequirement)
    /// The money left does not cover the minimum cost of the request, even after all requests in flight have ended.
    case budgetSpent(MoneyShortage)
    /// The money left would cover the request, but requests in flight hold it. A retry may succeed.
    case budgetHeld(MoneyShortage)
    /// The ledger cannot be written.
    case ledgerUnavailable
    /// The gateway is stopping.
    case stopping

    /// The seconds after which a retry may succeed; nil if a retry alone does not help.
    public var retryAfterSeconds: Int64? {
        switch self {
        case .unknownKey, .wrongKind, .disabled, .expired, .addressNotAllowed, .modelNotAllowed, .modelNotPriced,
            .notPriced,
            .budgetSpent:
            nil
        case .rateLimited(_, let milliseconds), .dailyLimit(_, _, let milliseconds):
            max(1, (milliseconds + 999) / 1000)
        case .tokensLimited(_, _, let milliseconds): milliseconds.map { max(1, ($0 + 999) / 1000) }
        case .tooManyConcurrent, .budgetHeld: 1
        case .ledgerUnavailable, .stopping: 5
        }
    }
}

/// A rule that bounds the money of a request.
public enum MoneyRule: Hashable, Sendable {
    /// The key's own budget.
    case budget
    /// The account's available balance.
    case account
    /// The key's spend limit, in a calendar window or in total.
    case spendLimit(Period?)
    /// The key's credit limit.
    case creditLimit
    /// The allowance of the key's subscription.
    case allowance(Period)

    /// The calendar window of the rule; nil if it has none.
    var period: Period? {
        switch self {
        case .budget, .account, .creditLimit: nil
        case .spendLimit(let period): period
        case .allowance(let period): period
        }
    }
}

/// The shortage of money that refuses a request, in amounts that the client may see.
public struct MoneyShortage: Hashable, Sendable {
    /// The rule that is short of money.
    public var rule: MoneyRule
    /// The minimum amount that the request needs.
    public var needed: NanoUSD
    /// The free amount; nil if it is hidden from the client.
    public var free: NanoUSD?
    /// The amount held by requests in flight; nil if it is hidden from the client.
    public var held: NanoUSD?
    /// When the rule's window ends; nil if it has none.
    public var opensAt: Timestamp?

    /// Creates a shortage.
    public init(rule: MoneyRule, needed: NanoUSD, free: NanoUSD?, held: NanoUSD?, opensAt: Timestamp? = nil) {
        self.rule = rule
        self.needed = needed
        self.free = free
        self.held = held
        self.opensAt = opensAt
    }
}

/// The headroom of a key's limit of requests per minute, for the rate-limit headers.
public struct RateHeadroom: Hashable, Sendable {
    /// The maximum number of admissions in any 60 seconds.
    public let limit: Int
    /// The admissions left now.
    public let remaining: Int
    /// The time until the whole limit is available again.
    public let resetMilliseconds: Int64
}
