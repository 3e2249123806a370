import Metering
import Money
import Timekeeping

/// The health status of an upstream as seen by requests, reported by the data path to the operator.
public struct UpstreamState: Sendable {
    /// The protocol of its API.
    public var upstreamProtocol: UpstreamProtocol
    /// Its host and port.
    public var authority: String
    /// The time of its last answer.
    public var lastAnswerAt: Timestamp?
    /// The number of consecutive failures since.
    public var consecutiveFailures: Int
    /// The time and the reason of the last failed attempt.
    public var lastFailure: (at: Timestamp, reason: String)?
    /// The balance of the upstream account that it reported last, and when.
    public var balance: (at: Timestamp, amount: NanoUSD)?

    /// Creates a state from all of its parts.
    public init(
        upstreamProtocol: UpstreamProtocol, authority: String, lastAnswerAt: Timestamp?, consecutiveFailures: Int,
        lastFailure: (at: Timestamp, reason: String)?, balance: (at: Timestamp, amount: NanoUSD)?
    ) {
        self.upstreamProtocol = upstreamProtocol
        self.authority = authority
        self.lastAnswerAt = lastAnswerAt
        self.consecutiveFailures = consecutiveFailures
        self.lastFailure = lastFailure
        self.balance = balance
    }
}
