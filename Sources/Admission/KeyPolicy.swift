import Accounts

/// The operator's limits for keys.
public struct KeyPolicy: Hashable, Sendable {
    /// The limits of a client key that is created without limits.
    public var clientDefault: KeyLimits
    /// The maximum limits of a client key.
    public var clientMaximum: KeyLimits
    /// The limits of account keys.
    public var account: KeyLimits
    /// The fewest output tokens that a clamped request is admitted with.
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
