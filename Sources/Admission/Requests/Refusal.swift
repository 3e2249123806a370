import Money
import Timekeeping

/// Why a request is not admitted. Amounts are as the client may see them.
public enum Refusal: Error, Hashable, Sendable {
    /// No key was presented, or one that the gateway does not know.
    case unknownKey
    /// The key is known but may not make model requests.
    case wrongKind
    /// The key is switched off.
    case disabled
    /// The key's time is over.
    case expired(at: Timestamp)
    /// The key may not be used from where the request comes from.
    case addressNotAllowed
    /// The key may not name this model.
    case modelNotAllowed(model: String)
    /// Its requests of the last 60 seconds reach its limit.
    case rateLimited(limit: Int, retryAfterMilliseconds: Int64)
    /// Its requests of this day reach its limit.
    case dailyLimit(limit: Int, opensAt: Timestamp, retryAfterMilliseconds: Int64)
    /// Its tokens of the last 60 seconds, and those that requests in flight may use, leave too few for this one. Without
    /// a time to wait the request alone asks for more than the limit.
    case tokensLimited(limit: Int64, needed: Int64, retryAfterMilliseconds: Int64?)
    /// Its requests in flight reach its limit.
    case tooManyConcurrent(limit: Int)
    /// The model has no price, so that its cost could not be charged.
    case modelNotPriced(model: String)
    /// What is left does not cover what the request costs at least, not even when nothing is held.
    case budgetSpent(MoneyShortage)
    /// What is left would cover it, but is held by requests in flight: trying again helps.
    case budgetHeld(MoneyShortage)
    /// The ledger cannot be written, so that nothing can be charged.
    case ledgerUnavailable
    /// The gateway is stopping.
    case stopping

    /// How long a client should wait before it tries again, in seconds, if that helps at all.
    public var retryAfterSeconds: Int64? {
        switch self {
        case .unknownKey, .wrongKind, .disabled, .expired, .addressNotAllowed, .modelNotAllowed, .modelNotPriced,
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

/// What bounds the money that a key's request may take.
public enum MoneyRule: Hashable, Sendable {
    /// The key's own budget.
    case budget
    /// The account's available balance.
    case account
    /// The key's spend limit, in a window of the calendar or in all.
    case spendLimit(Period?)
    /// The key's credit limit.
    case creditLimit
    /// The allowance of the key's subscription.
    case allowance(Period)

    /// The window that it counts in, if it has one.
    var period: Period? {
        switch self {
        case .budget, .account, .creditLimit: nil
        case .spendLimit(let period): period
        case .allowance(let period): period
        }
    }
}

/// Money that is missing, as the client may see it.
public struct MoneyShortage: Hashable, Sendable {
    /// What there is too little of.
    public var rule: MoneyRule
    /// What the request needs at least.
    public var needed: NanoUSD
    /// What is free; nil where that is not the client's to know.
    public var free: NanoUSD?
    /// What requests in flight hold; nil where that is not the client's to know.
    public var held: NanoUSD?
    /// When the window is over that it counts in, if it has one.
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

/// A key's room in its limit of requests per minute, for the rate-limit headers.
public struct RateHeadroom: Hashable, Sendable {
    /// Admissions in any 60 seconds.
    public let limit: Int
    /// Admissions that still fit now.
    public let remaining: Int
    /// How long until all of them fit again.
    public let resetMilliseconds: Int64
}
