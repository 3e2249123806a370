/// The source of the usage in a ledger row.
public enum UsageSource: Int, Hashable, Sendable, CaseIterable {
    /// Nothing was used: the upstream refused, failed before it generated, or does not charge.
    case none = 0
    /// The upstream reported them.
    case reported = 1
    /// The upstream did not report: bounded from the bytes that were relayed.
    case estimated = 2
    /// The gateway stopped while the request was in flight: charged by the policy for open holds.
    case interrupted = 3
}
