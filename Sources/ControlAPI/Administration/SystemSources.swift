import Ledger
import Money
import Timekeeping

/// Where the operator's view of the system comes from.
public struct SystemSources: Sendable {
    /// How the ledger and its disk are doing.
    public var ledger: @Sendable () throws -> LedgerState
    /// How the upstreams are doing.
    public var upstreams: @Sendable () -> [UpstreamState]
    /// Proves the ledger, which takes a while.
    public var proof: @Sendable () async throws -> LedgerProof

    /// Names the sources.
    public init(
        ledger: @escaping @Sendable () throws -> LedgerState, upstreams: @escaping @Sendable () -> [UpstreamState],
        proof: @escaping @Sendable () async throws -> LedgerProof
    ) {
        self.ledger = ledger
        self.upstreams = upstreams
        self.proof = proof
    }
}

/// An upstream, as requests find it.
public struct UpstreamState: Sendable {
    /// The protocol that it is asked in.
    public var name: String
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

    /// Creates a report.
    public init(
        name: String, authority: String, lastAnswerAt: Timestamp?, failuresInARow: Int,
        lastFailure: (at: Timestamp, reason: String)?, balance: (at: Timestamp, amount: NanoUSD)?
    ) {
        self.name = name
        self.authority = authority
        self.lastAnswerAt = lastAnswerAt
        self.failuresInARow = failuresInARow
        self.lastFailure = lastFailure
        self.balance = balance
    }
}

/// What a proof of the ledger has found.
public struct LedgerProof: Sendable {
    /// How many rows were looked at.
    public var rows: Int
    /// What does not hold; empty for a consistent ledger.
    public var breaks: [String]

    /// Creates a proof.
    public init(rows: Int, breaks: [String]) {
        self.rows = rows
        self.breaks = breaks
    }
}
