import Accounts
import Ledger
import Metering
import Money
import Pricing
import Timekeeping

@testable import Admission
@testable import TestSupport

/// What must be true of the money in memory and on disk.
struct MoneyInvariants {
    /// The ledger on disk.
    let durable: LedgerModel
    /// Commands that are enqueued and not written; nil stands for a management command.
    let pending: [RequestCommand?]
    let admission: RequestAdmission
    /// The requests in flight.
    let requestIDs: Set<UUIDv7>

    /// Checks what is true after every step.
    func check() throws {
        for account in durable.accounts {
            let deposits = durable.deposits.filter { $0.accountID == account.id && $0.status == .completed }
            let keys = durable.keys.filter { $0.accountID == account.id }
            let rows = durable.rows.filter { $0.accountID == account.id }
            let held = durable.holds.values.filter { $0.accountID == account.id }
            let charged = rows.reduce(NanoUSD.zero) { $0 + $1.cost - $1.overrun }
            let free = keys.filter { $0.kind == .client }.reduce(account.available) { $0 + $1.remaining - $1.held }
            let sum =
                deposits.reduce(NanoUSD.zero) { $0 + $1.amount } - charged
                - held.reduce(NanoUSD.zero) { $0 + $1.amount } - free
            guard sum == .zero else {
                throw Simulation.Broken(description: "account \(account.id): sums differ by \(sum)")
            }
            guard account.available >= .zero else {
                throw Simulation.Broken(description: "account \(account.id) is negative")
            }
            let overrun = rows.reduce(NanoUSD.zero) { $0 + $1.overrun }
            guard overrun == account.overrun else {
                throw Simulation.Broken(description: "overruns of \(account.id) differ")
            }
        }
        for key in durable.keys where key.kind == .client {
            guard key.spent + key.held <= key.budget else {
                throw Simulation.Broken(description: "key \(key.id) is overspent")
            }
            let shown = durable.rows.filter { $0.keyID == key.id }.reduce(NanoUSD.zero) { $0 + $1.shownCost }
            guard shown == key.shownSpent else {
                throw Simulation.Broken(description: "key \(key.id) shows another sum")
            }
        }
        try checkCosts()
        for key in durable.keys { try checkRules(key) }
        try checkHolds()
        try checkMemory()
    }

    /// A row costs what its usage costs at its price and its markup, computed apart from the settlement.
    private func checkCosts() throws {
        guard var price = admission.prices.rateCard.price(for: "m") else { return }
        for row in durable.rows where row.usageSource == .reported || row.usageSource == .estimated {
            price.markup = row.markup
            guard row.cost == price.cost(of: row.usage) else {
                throw Simulation.Broken(description: "row \(row.requestID.requestText) costs \(row.cost)")
            }
        }
    }

    /// No rule of a key is broken in any window that there ever was: what is spent in it and what is held.
    private func checkRules(_ key: KeyRecord) throws {
        let rules = key.rules
        guard rules != KeyRules() else { return }
        let rows = durable.rows.filter { $0.keyID == key.id }
        let holds = durable.holds.values.filter { $0.keyID == key.id }
        func check(_ limit: NanoUSD, _ period: Period?, of payer: Payer? = nil, _ name: String) throws {
            var sums: [Day: NanoUSD] = [:]
            func add(_ amount: NanoUSD, _ startedAt: Timestamp, _ paidBy: Payer) {
                guard payer == nil || payer == paidBy else { return }
                sums[period?.first(around: startedAt.day) ?? Day(number: 0), default: .zero] += amount
            }
            for row in rows { add(row.cost - row.overrun, row.startedAt, row.payer) }
            for hold in holds { add(hold.amount, hold.startedAt, hold.payer) }
            guard sums.values.allSatisfy({ $0 <= limit }) else {
                throw Simulation.Broken(description: "key \(key.id): \(name) of \(limit) is broken: \(sums)")
            }
        }
        if let limit = rules.creditLimit { try check(limit, nil, "credit limit") }
        if let limit = rules.spendLimit { try check(limit.amount, limit.period, "spend limit") }
        if let subscription = rules.subscription {
            try check(subscription.allowance, subscription.period, of: .subscription, "allowance")
        }
        if let limit = rules.requestsPerDay {
            let days = Dictionary(grouping: rows.map(\.startedAt.day) + holds.map(\.startedAt.day)) { $0 }
            guard days.values.allSatisfy({ $0.count <= limit }) else {
                throw Simulation.Broken(description: "key \(key.id): more than \(limit) requests on a day")
            }
        }
    }

    /// An open hold belongs to a request in flight, or to one whose settlement waits for the writer.
    private func checkHolds() throws {
        var known = requestIDs
        for case .settle(let settlement) in pending { known.insert(settlement.hold.requestID) }
        for id in durable.holds.keys where !known.contains(id) {
            throw Simulation.Broken(description: "hold \(id.requestText) outlived its request")
        }
    }

    /// Memory never promises more than the disk has.
    private func checkMemory() throws {
        try admission.books.withLock { books in
            for record in durable.accounts {
                guard let state = books.accounts[record.id] else { continue }
                guard state.available <= record.available, state.available >= .zero else {
                    throw Simulation.Broken(
                        description: "account \(record.id): memory has \(state.available) of \(record.available)")
                }
            }
            for record in durable.keys where record.kind == .client && record.deletedAt == nil {
                guard let state = books.keys[record.id], !state.isClosed else { continue }
                guard state.rest <= record.remaining - record.held, state.rest >= .zero else {
                    throw Simulation.Broken(
                        description: "key \(record.id): memory has \(state.rest) of \(record.remaining)")
                }
            }
        }
    }

    /// When nothing is in flight, memory is what is on disk.
    func checkAgreement() throws {
        try admission.books.withLock { books in
            for record in durable.accounts where books.accounts[record.id]?.available != record.available {
                throw Simulation.Broken(description: "account \(record.id): memory and disk differ at rest")
            }
            for record in durable.keys where record.deletedAt == nil {
                guard let state = books.keys[record.id], state.isIdle, state.tokens.reserved == 0 else {
                    throw Simulation.Broken(description: "key \(record.id): a slot or a hold is left at rest")
                }
                guard state.rest == record.remaining else {
                    throw Simulation.Broken(description: "key \(record.id): memory and disk differ at rest")
                }
            }
        }
    }
}
