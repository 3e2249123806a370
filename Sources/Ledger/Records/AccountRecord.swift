import Accounts
import Money
import Timekeeping

/// The record of an account.
public struct AccountRecord: Hashable, Sendable {
    /// Identifier of the row.
    public var id: AccountID
    /// Public identifier of the account.
    public var publicID: UUIDv7
    /// The operator's name for it.
    public var name: String
    /// Sum of completed deposits.
    public var deposited: NanoUSD
    /// Budgets of its client keys: allocations less refunds. Spent money stays in it.
    public var allocated: NanoUSD
    /// Spent from the account itself: by its account key, web tokens and keys without a budget, and as allowances.
    public var spent: NanoUSD
    /// Held of the account itself for requests in flight.
    public var held: NanoUSD
    /// Spent by its client keys of their budgets, deleted keys included.
    public var spentByClients: NanoUSD
    /// Costs that neither hold nor budget covered; not part of any other sum.
    public var overrun: NanoUSD
    /// Its charge for each dollar of the rate card.
    public var markup: Markup
    /// Its rules for the requests of its keys.
    public var rules: RequestRules
    /// When it was opened.
    public var createdAt: Timestamp

    /// Creates a record from all of its parts.
    public init(
        id: AccountID, publicID: UUIDv7, name: String, deposited: NanoUSD = .zero, allocated: NanoUSD = .zero,
        spent: NanoUSD = .zero, held: NanoUSD = .zero, spentByClients: NanoUSD = .zero, overrun: NanoUSD = .zero,
        markup: Markup = .none, rules: RequestRules = RequestRules(), createdAt: Timestamp
    ) {
        self.id = id
        self.publicID = publicID
        self.name = name
        self.deposited = deposited
        self.allocated = allocated
        self.spent = spent
        self.held = held
        self.spentByClients = spentByClients
        self.overrun = overrun
        self.markup = markup
        self.rules = rules
        self.createdAt = createdAt
    }

    /// Money that is not spent, whether available, allocated or held.
    public var balance: NanoUSD { deposited - spent - spentByClients }
    /// Money that is neither allocated, spent nor held.
    public var available: NanoUSD { deposited - allocated - spent - held }
    /// Unspent budgets of client keys, and amounts held for requests that draw on the account.
    public var locked: NanoUSD { balance - available }
}
