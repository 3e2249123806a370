import Ledger
import Metering
import Money

/// The charge of a request that was in flight when the gateway stopped, so that its usage is unknown.
public enum RecoveryPolicy: String, Hashable, Sendable, CaseIterable {
    /// The bound of its input, which the upstream has most likely received.
    case input
    /// Nothing: the reseller bears the loss.
    case nothing
    /// The whole hold: the client bears the loss.
    case hold

    func settlement(of hold: Hold) -> Settlement {
        let cost: NanoUSD =
            switch self {
            case .input: min(hold.interruptedCost, hold.amount)
            case .nothing: .zero
            case .hold: hold.amount
            }
        return Settlement(
            hold: hold, usage: .zero, usageSource: .interrupted, cost: cost, durationMilliseconds: 0,
            firstByteMilliseconds: nil, status: 499, ending: .interrupted)
    }
}
