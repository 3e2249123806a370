import Accounts
import Ledger
import Money
import Timekeeping

/// The money and the rules of an account: the basis of new budgets, and of requests that draw on the account's balance.
final class AccountState {
    /// Money that is neither allocated, spent nor held.
    var available: NanoUSD
    /// Money held by requests in flight that draw on the account.
    private(set) var held: NanoUSD
    /// The account's surcharge on the rate card.
    var markup: Markup
    /// The account's rules for the requests of its keys.
    var rules: RequestRules
    /// The last command that a request of its keys has enqueued.
    var lastWrite = WriteSequence.start

    init(_ record: AccountRecord) {
        available = record.available
        held = record.held
        markup = record.markup
        rules = record.rules
    }

    func hold(_ amount: NanoUSD) {
        available -= amount
        held += amount
    }

    /// Ends a hold of which `charged` is spent.
    func endHold(_ amount: NanoUSD, charged: NanoUSD) {
        held -= amount
        available += amount - charged
    }
}
