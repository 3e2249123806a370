import Admission
import Ledger

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
