import Accounts

/// What the operator lets keys do.
public struct KeyPolicy: Hashable, Sendable {
    /// The limits of a client key that names none.
    public var clientDefault: KeyLimits
    /// The highest limits that a client key may have.
    public var clientMaximum: KeyLimits
    /// The limits of account keys.
    public var account: KeyLimits
    /// Fewest output tokens that a request is let through with when its own bound is not affordable.
    public var leastOutputTokens: Int64

    /// Creates a policy; the defaults are those of the reseller dialect.
    public init(
        clientDefault: KeyLimits = KeyLimits(requestsPerMinute: 60, concurrentRequests: 5),
        clientMaximum: KeyLimits = KeyLimits(requestsPerMinute: 60, concurrentRequests: 100),
        account: KeyLimits = KeyLimits(requestsPerMinute: 600, concurrentRequests: 50),
        leastOutputTokens: Int64 = 16
    ) {
        self.clientDefault = clientDefault
        self.clientMaximum = clientMaximum
        self.account = account
        self.leastOutputTokens = leastOutputTokens
    }
}
