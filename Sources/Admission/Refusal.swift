import Money

/// Why a request is not admitted. Amounts are as the client may see them.
public enum Refusal: Error, Hashable, Sendable {
    /// No key was presented, or one that the gateway does not know.
    case unknownKey
    /// The key is known but may not make model requests.
    case wrongKind
    /// Its requests of the last 60 seconds reach its limit.
    case rateLimited(limit: Int, retryAfterMilliseconds: Int64)
    /// Its requests in flight reach its limit.
    case tooManyConcurrent(limit: Int)
    /// The model has no price, so that its cost could not be charged.
    case modelNotPriced(model: String)
    /// What is left of the budget does not cover what the request costs at least, not even when nothing is held.
    case budgetSpent(needed: NanoUSD, available: NanoUSD, held: NanoUSD)
    /// What is left would cover it, but is held by requests in flight: trying again helps.
    case budgetHeld(needed: NanoUSD, available: NanoUSD, held: NanoUSD)
    /// The ledger cannot be written, so that nothing can be charged.
    case ledgerUnavailable
    /// The gateway is stopping.
    case stopping

    /// How long a client should wait before it tries again, in seconds, if that helps at all.
    public var retryAfterSeconds: Int64? {
        switch self {
        case .unknownKey, .wrongKind, .modelNotPriced, .budgetSpent: nil
        case .rateLimited(_, let milliseconds): max(1, (milliseconds + 999) / 1000)
        case .tooManyConcurrent, .budgetHeld: 1
        case .ledgerUnavailable, .stopping: 5
        }
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
