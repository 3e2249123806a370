import Money
import Synchronization

/// What has happened since the gateway started, for the operator.
public final class Counters: Sendable {
    private let overrunCount = Atomic<Int64>(0)
    private let overrunNanos = Atomic<Int64>(0)
    private let cutCount = Atomic<Int64>(0)
    private let extensionCount = Atomic<Int64>(0)
    private let lostSettlementCount = Atomic<Int64>(0)

    /// Requests that cost more than hold and budget covered.
    public var overruns: Int64 { overrunCount.load(ordering: .relaxed) }
    /// What they cost beyond that, together.
    public var overrunSum: NanoUSD { NanoUSD(nanos: overrunNanos.load(ordering: .relaxed)) }
    /// Streams that were ended for want of money.
    public var cuts: Int64 { cutCount.load(ordering: .relaxed) }
    /// Holds that were extended while a stream ran.
    public var extensions: Int64 { extensionCount.load(ordering: .relaxed) }
    /// Settlements that the ledger refused: their money stays held until the next start.
    public var lostSettlements: Int64 { lostSettlementCount.load(ordering: .relaxed) }

    func countOverrun(_ amount: NanoUSD) {
        overrunCount.add(1, ordering: .relaxed)
        overrunNanos.add(amount.nanos, ordering: .relaxed)
    }

    func countCut() { cutCount.add(1, ordering: .relaxed) }
    func countExtension() { extensionCount.add(1, ordering: .relaxed) }
    func countLostSettlement() { lostSettlementCount.add(1, ordering: .relaxed) }
}
