import Metering
import Money
import Timekeeping

/// How an upstream is doing, as requests find it: the data path knows, the operator reads.
public struct UpstreamState: Sendable {
    /// The protocol that it is asked in.
    public var upstreamProtocol: UpstreamProtocol
    /// Its host and port.
    public var authority: String
    /// When it last answered a request.
    public var lastAnswerAt: Timestamp?
    /// How many attempts have failed since.
    public var failuresInARow: Int
    /// When an attempt last failed, and how.
    public var lastFailure: (at: Timestamp, reason: String)?
    /// What it last said is left of the account, and when.
    public var balance: (at: Timestamp, amount: NanoUSD)?

    /// Creates a state from all of its parts.
    public init(
        upstreamProtocol: UpstreamProtocol, authority: String, lastAnswerAt: Timestamp?, failuresInARow: Int,
        lastFailure: (at: Timestamp, reason: String)?, balance: (at: Timestamp, amount: NanoUSD)?
    ) {
        self.upstreamProtocol = upstreamProtocol
        self.authority = authority
        self.lastAnswerAt = lastAnswerAt
        self.failuresInARow = failuresInARow
        self.lastFailure = lastFailure
        self.balance = balance
    }
}
