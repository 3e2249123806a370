import Admission
import Ledger

/// The sources of the health status.
public struct SystemSources: Sendable {
    /// Reads the state of the ledger and its disk.
    public var ledger: @Sendable () throws -> LedgerState
    /// Reads the state of the upstreams.
    public var upstreams: @Sendable () -> [UpstreamState]
    /// Verifies the ledger, which can take minutes.
    public var proof: @Sendable () async throws -> LedgerProof

    /// Creates the sources.
    public init(
        ledger: @escaping @Sendable () throws -> LedgerState, upstreams: @escaping @Sendable () -> [UpstreamState],
        proof: @escaping @Sendable () async throws -> LedgerProof
    ) {
        self.ledger = ledger
        self.upstreams = upstreams
        self.proof = proof
    }
}

/// The result of a verification of the ledger.
public struct LedgerProof: Sendable {
    /// The number of verified rows.
    public var rows: Int
    /// The violated rules; empty for a consistent ledger.
    public var breaks: [String]

    /// Creates a result.
    public init(rows: Int, breaks: [String]) {
        self.rows = rows
        self.breaks = breaks
    }
}
