import Money
import Synchronization

/// Counts of events since the gateway started, for the operator.
public final class Counters: Sendable {
    private let overrunCount = Atomic<Int64>(0)
    private let overrunNanos = Atomic<Int64>(0)
    private let cutCount = Atomic<Int64>(0)
    private let extensionCount = Atomic<Int64>(0)
    private let lostSettlementCount = Atomic<Int64>(0)

    /// Requests whose cost exceeded the hold and the money left.
    public var overruns: Int64 { overrunCount.load(ordering: .relaxed) }
    /// The sum of these excess costs.
    public var overrunSum: NanoUSD { NanoUSD(nanos: overrunNanos.load(ordering: .relaxed)) }
    /// Streams that were cut because the money left did not cover them.
    public var cuts: Int64 { cutCount.load(ordering: .relaxed) }
    /// Extensions of holds while their streams ran.
    public var extensions: Int64 { extensionCount.load(ordering: .relaxed) }
    /// Settlements of written holds that the ledger refused. Their money stays held until the next start.
    public var lostSettlements: Int64 { lostSettlementCount.load(ordering: .relaxed) }

    func countOverrun(_ amount: NanoUSD) {
        overrunCount.add(1, ordering: .relaxed)
        overrunNanos.add(amount.nanos, ordering: .relaxed)
    }

    func countCut() { cutCount.add(1, ordering: .relaxed) }
    func countExtension() { extensionCount.add(1, ordering: .relaxed) }
    func countLostSettlement() { lostSettlementCount.add(1, ordering: .relaxed) }
}
