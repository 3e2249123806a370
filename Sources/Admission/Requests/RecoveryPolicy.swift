import Ledger
import Metering
import Money

/// What a request is charged that was in flight when the gateway stopped: nobody knows what it used.
public enum RecoveryPolicy: String, Hashable, Sendable, CaseIterable {
    /// The bound of its input, which had most likely been sent.
    case input
    /// Nothing: the loss is the reseller's.
    case nothing
    /// All that was held: the loss is the client's.
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
