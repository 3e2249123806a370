import Accounts
import Admission
import Money
import Synchronization
import TestSupport
import Timekeeping

/// What a simulation decides by.
extension SeededGenerator {
    /// Returns a number below the count of sides.
    mutating func roll(_ sides: Int) -> Int { Int.random(in: 0..<max(1, sides), using: &self) }

    mutating func pick<Element>(_ elements: [Element]) -> Element? { elements.randomElement(using: &self) }

    /// Makes up a key: one in two has a rule beyond its budget.
    mutating func keyOrder(budget: NanoUSD?) -> KeyOrder {
        var order = KeyOrder(
            budget: budget, limits: KeyLimits(requestsPerMinute: 40, concurrentRequests: 4))
        order.multiplier = DisplayMultiplier(numerator: Int64(roll(9) + 3), denominator: 3) ?? .one
        let amount = NanoUSD(nanos: Int64(roll(3000)))
        switch roll(6) {
        case 0: order.rules.creditLimit = amount
        case 1:
            order.rules.spendLimit = SpendLimit(amount: amount, period: pick([nil, .day, .week, .month]) ?? nil)
        case 2:
            order.rules.subscription = Subscription(
                allowance: amount + NanoUSD(nanos: 1), period: pick(Period.allCases) ?? .day)
            order.rules.usesSubscriptionFirst = roll(3) > 0
            order.rules.fallsBackToBalance = roll(2) == 0
        case 3: order.rules.requestsPerDay = roll(6)
        case 4: order.rules.tokensPerMinute = Int64(roll(600))
        default: break
        }
        return order
    }
}

/// Something that happens once.
final class Flag: Sendable {
    private let value = Mutex(false)
    var isSet: Bool { value.withLock { $0 } }
    func set() { value.withLock { $0 = true } }
}
