import Accounts
import Ledger
import Logging
import Metering
import Money
import Pricing
import Synchronization
import Timekeeping
import Vault

@testable import Admission
@testable import TestSupport

/// A gateway's money under everything that can happen to it, step by step, from a seed.
final class Simulation {
    struct Broken: Error, CustomStringConvertible {
        var description: String
    }

    private var dice: SeededGenerator
    private let time = ManualTime(start: Timestamp(milliseconds: 1_790_000_000_000))
    private let card: RateCard
    private let vault: KeyVault
    private let logger = Logger(label: "simulation", factory: { _ in SwiftLogNoOpLogHandler() })
    private var store = SimulatedStore()
    private var admission: AdmissionServices
    private var exchanges: [SimulatedExchange] = []
    private var calls: [ManagementTask] = []
    private var keys: [Principal] = []
    private var accounts: [AccountID] = []
    /// What management calls were told is so: a crash must not change that.
    private var acknowledgedDeposits: Set<UUIDv7> = []
    private var acknowledgedKeys: Set<UUIDv7> = []
    private(set) var counts: [String: Int] = [:]

    init(seed: UInt64) async throws {
        dice = SeededGenerator(state: seed)
        card = try RateCard(
            yaml: "models: {m: {input: 0.002, output: 0.008, context: 1000, max_output: 100}}", source: "simulation")
        guard let vault = KeyVault(sealKey: [UInt8](repeating: 9, count: 32)) else {
            throw Broken(description: "vault")
        }
        self.vault = vault
        admission = try await Self.open(store, card, vault, time, logger)
        for _ in 0..<3 { try await openAccount() }
    }

    /// Does one thing, then looks whether all is well.
    func step() async throws {
        try await act(dice.roll(100))
        await settleCalls()
        exchanges.removeAll { $0.isOver }
        try check()
    }

    /// Lets everything end, and looks whether memory and disk agree to the last nano-dollar.
    func quiesce() async throws {
        noteCounters()
        store.isDiskFull = false
        for _ in 0..<400 where !(exchanges.isEmpty && store.pending.isEmpty && calls.isEmpty) {
            store.write(atMost: 1000)
            for exchange in exchanges { exchange.step(9) }
            exchanges.removeAll { $0.isOver }
            await settleCalls()
            try check()
        }
        guard exchanges.isEmpty, store.pending.isEmpty else { throw Broken(description: "something never ends") }
        guard store.durable.holds.isEmpty else { throw Broken(description: "a hold outlived its request") }
        try checkAgreement()
    }

    // MARK: What happens

    private func act(_ roll: Int) async throws {
        switch roll {
        case 0..<30: admit()
        case 30..<62: if let exchange = dice.pick(exchanges) { exchange.step(dice.roll(12)) }
        case 62..<67: if let exchange = dice.pick(exchanges) { exchange.clientLeaves() }
        case 67..<84: store.write(atMost: dice.roll(6) + 1)
        case 84: store.isDiskFull = dice.roll(3) == 0
        case 85: try await crash()
        case 86..<88:
            // Seldom hours, so that days and weeks go by.
            time.advance(milliseconds: Int64(dice.roll(dice.roll(20) == 0 ? 12_000_000 : 40_000)))
        default: await manage()
        }
    }

    private func noteCounters() {
        counts["cut", default: 0] += Int(admission.requests.counters.cuts)
        counts["extension", default: 0] += Int(admission.requests.counters.extensions)
    }

    private func count(_ what: String) { counts[what, default: 0] += 1 }

    private func admit() {
        guard let principal = dice.pick(keys) else { return }
        guard let demand = demand() else { return }
        let id = UUIDv7(time: time.now(), using: &dice)
        let length = Int64(dice.roll(dice.roll(3) == 0 ? 400 : 60))
        let exchange = SimulatedExchange(
            requestID: id, key: principal.keyID, admission: admission.requests, length: length,
            isStreamed: dice.roll(2) == 0)
        let decision = admission.requests.admit(
            demand, of: principal, requestID: id, startedAt: time.now()
        ) { [outcome = exchange.holdOutcome] in outcome.set($0) }
        switch consume decision {
        case .admitted(let held, _):
            count(held.outputLimit == nil ? "admitted" : "clamped")
            exchanges.append(exchange)
            exchange.begin(held)
        case .refused(let refusal, _): count("refused: " + "\(refusal)".prefix { $0 != "(" })
        }
    }

    private func demand() -> RequestDemand? {
        let body = Array((dice.roll(30) == 0 ? #"{"model":"unknown"}"# : #"{"model":"m"}"#).utf8)
        guard var facts = try? RequestFacts(scanning: body.span, for: .completions) else { return nil }
        facts.input = RequestInput(textBytes: Int64(dice.roll(120)))
        facts.input.images = dice.roll(20) == 0 ? 1 : 0
        if dice.roll(2) == 0 { facts.maxOutputTokens = Int64(dice.roll(150)) }
        return RequestDemand(operation: .completions, facts: facts)
    }

    private func crash() async throws {
        count("crash")
        let durable = store.crash()
        await settleCalls()
        exchanges = []
        calls = []
        store = SimulatedStore(durable: durable)
        noteCounters()
        admission = try await Self.open(store, card, vault, time, logger)
        guard store.durable.holds.isEmpty else { throw Broken(description: "a start leaves a hold open") }
        for id in acknowledgedDeposits where !durable.deposits.contains(where: { $0.publicID == id }) {
            throw Broken(description: "an acknowledged deposit is forgotten")
        }
        for id in acknowledgedKeys where !durable.keys.contains(where: { $0.publicID == id }) {
            throw Broken(description: "an acknowledged key is forgotten")
        }
        keys = durable.keys.filter { $0.deletedAt == nil }.map {
            Principal($0)
        }
        accounts = durable.accounts.map(\.id)
        try checkAgreement()
    }

    private static func open(
        _ store: SimulatedStore, _ card: RateCard, _ vault: KeyVault, _ time: ManualTime, _ logger: Logger
    ) async throws -> AdmissionServices {
        let pump = Task {
            while !Task.isCancelled {
                store.write(atMost: 1000)
                await Task.yield()
            }
        }
        let admission = try await AdmissionServices.open(
            store: store, rateCard: card, vault: vault, policy: KeyPolicy(leastOutputTokens: 4), time: time,
            logger: logger)
        pump.cancel()
        await pump.value
        return admission
    }

    // MARK: Management

    /// A management call that waits for the ledger.
    private struct ManagementTask {
        let task: Task<Answer, Never>
        let isDone: Flag
    }

    private enum Answer: Sendable {
        case deposit(UUIDv7)
        case key(Principal)
        case deleted(KeyID)
        case nothing
    }

    private func manage() async {
        guard let account = dice.pick(accounts) else { return }
        let key = dice.pick(keys.filter { $0.kind == .client })
        let amount = NanoUSD(nanos: Int64(dice.roll(6000) + 1))
        let admission = admission
        switch dice.roll(8) {
        case 0, 1:
            await begin {
                .deposit(
                    try await admission.accounts.enterDeposit(
                        to: account, amount: amount, status: .completed, reference: nil, by: .gateway("simulation")
                    ).publicID)
            }
        case 2, 3:
            let order = order(budget: dice.roll(4) == 0 ? nil : amount)
            await begin {
                .key(
                    Principal(
                        try await admission.accounts.createKey(of: account, order, by: .gateway("simulation")).record))
            }
        case 4, 5:
            guard let key else { return }
            var change = KeyChange(budgetChange: dice.roll(2) == 0 ? amount : .zero - amount)
            // Now and then a key is switched between a budget and the account's balance.
            if dice.roll(5) == 0 {
                let drawsOnAccount = dice.roll(2) == 0
                change = KeyChange(drawsOnAccount: drawsOnAccount, budgetChange: drawsOnAccount ? .zero : amount)
            }
            await begin { [change] in
                _ = try await admission.accounts.changeKey(key.keyID, change, by: .gateway("simulation"))
                return .nothing
            }
        case 6:
            guard let key, dice.roll(2) == 0 else { return }
            await begin {
                _ = try await admission.accounts.deleteKey(key.keyID, by: .gateway("simulation"))
                return .deleted(key.keyID)
            }
        default:
            let change = AccountChange(
                markup: Markup(millionths: Int64(dice.roll(3_000_000))),
                shortage: dice.roll(3) == 0 ? .refuse : .clamp, disconnect: dice.roll(2) == 0 ? .drain : .cancel)
            await begin {
                _ = try await admission.accounts.changeAccount(account, change, by: .gateway("simulation"))
                return .nothing
            }
        }
    }

    /// Makes up a key: one in two has a rule beyond its budget.
    private func order(budget: NanoUSD?) -> KeyOrder {
        var order = KeyOrder(
            budget: budget, limits: KeyLimits(requestsPerMinute: 40, concurrentRequests: 4))
        order.multiplier = DisplayMultiplier(numerator: Int64(dice.roll(9) + 3), denominator: 3) ?? .one
        let amount = NanoUSD(nanos: Int64(dice.roll(3000)))
        switch dice.roll(6) {
        case 0: order.rules.creditLimit = amount
        case 1:
            order.rules.spendLimit = SpendLimit(amount: amount, period: dice.pick([nil, .day, .week, .month]) ?? nil)
        case 2:
            order.rules.subscription = Subscription(
                allowance: amount + NanoUSD(nanos: 1), period: dice.pick(Period.allCases) ?? .day)
            order.rules.usesSubscriptionFirst = dice.roll(3) > 0
            order.rules.fallsBackToBalance = dice.roll(2) == 0
        case 3: order.rules.requestsPerDay = dice.roll(6)
        case 4: order.rules.tokensPerMinute = Int64(dice.roll(600))
        default: break
        }
        return order
    }

    /// Starts a call and waits until it is in the ledger's queue or refused, so that the order is the seed's alone.
    private func begin(_ call: @escaping @Sendable () async throws -> Answer) async {
        let before = store.pending.count
        let done = Flag()
        let task = Task { () -> Answer in
            defer { done.set() }
            do {
                return try await call()
            } catch {
                return .nothing
            }
        }
        while store.pending.count == before, !done.isSet { await Task.yield() }
        calls.append(ManagementTask(task: task, isDone: done))
        count("management call")
    }

    /// Waits for the calls whose commands have been written.
    private func settleCalls() async {
        let waiting = store.pending.count { $0 == nil }
        while calls.count(where: { !$0.isDone.isSet }) > waiting { await Task.yield() }
        let finished = calls.filter(\.isDone.isSet)
        calls.removeAll(where: \.isDone.isSet)
        for call in finished {
            switch await call.task.value {
            case .deposit(let id): acknowledgedDeposits.insert(id)
            case .key(let principal):
                acknowledgedKeys.insert(principal.publicID)
                keys.append(principal)
            case .deleted(let id): keys.removeAll { $0.keyID == id }
            case .nothing: break
            }
        }
    }

    private func openAccount() async throws {
        let admission = admission
        let store = store
        let pump = Task {
            while !Task.isCancelled {
                store.write(atMost: 10)
                await Task.yield()
            }
        }
        let (account, own) = try await admission.accounts.openAccount(name: "account", by: .gateway("simulation"))
        _ = try await admission.accounts.enterDeposit(
            to: account.id, amount: NanoUSD(nanos: 20_000), status: .completed, reference: nil,
            by: .gateway("simulation"))
        accounts.append(account.id)
        keys.append(Principal(own.record))
        pump.cancel()
        await pump.value
    }

    // MARK: What must be true

    private func check() throws {
        let durable = store.durable
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
            guard sum == .zero else { throw Broken(description: "account \(account.id): sums differ by \(sum)") }
            guard account.available >= .zero else { throw Broken(description: "account \(account.id) is negative") }
            let overrun = rows.reduce(NanoUSD.zero) { $0 + $1.overrun }
            guard overrun == account.overrun else { throw Broken(description: "overruns of \(account.id) differ") }
        }
        for key in durable.keys where key.kind == .client {
            guard key.spent + key.held <= key.budget else { throw Broken(description: "key \(key.id) is overspent") }
            let shown = durable.rows.filter { $0.keyID == key.id }.reduce(NanoUSD.zero) { $0 + $1.shownCost }
            guard shown == key.shownSpent else { throw Broken(description: "key \(key.id) shows another sum") }
        }
        for key in durable.keys { try checkRules(key, durable) }
        try checkHolds(durable)
        try checkMemory(durable)
    }

    /// No rule of a key is broken in any window that there ever was: what is spent in it and what is held.
    private func checkRules(_ key: KeyRecord, _ durable: LedgerModel) throws {
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
                throw Broken(description: "key \(key.id): \(name) of \(limit) is broken: \(sums)")
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
                throw Broken(description: "key \(key.id): more than \(limit) requests on a day")
            }
        }
    }

    /// An open hold belongs to a request in flight, or to one whose settlement waits for the writer.
    private func checkHolds(_ durable: LedgerModel) throws {
        var known = Set(exchanges.map(\.requestID))
        for case .settle(let settlement) in store.pending { known.insert(settlement.hold.requestID) }
        for id in durable.holds.keys where !known.contains(id) {
            throw Broken(description: "hold \(id.requestText) outlived its request")
        }
    }

    /// Memory never promises more than the disk has.
    private func checkMemory(_ durable: LedgerModel) throws {
        try admission.requests.books.withLock { books in
            for record in durable.accounts {
                guard let state = books.accounts[record.id] else { continue }
                guard state.available <= record.available, state.available >= .zero else {
                    throw Broken(
                        description: "account \(record.id): memory has \(state.available) of \(record.available)")
                }
            }
            for record in durable.keys where record.kind == .client && record.deletedAt == nil {
                guard let state = books.keys[record.id], !state.isClosed else { continue }
                guard state.rest <= record.remaining - record.held, state.rest >= .zero else {
                    throw Broken(description: "key \(record.id): memory has \(state.rest) of \(record.remaining)")
                }
            }
        }
    }

    /// When nothing is in flight, memory is what is on disk.
    private func checkAgreement() throws {
        let durable = store.durable
        try admission.requests.books.withLock { books in
            for record in durable.accounts where books.accounts[record.id]?.available != record.available {
                throw Broken(description: "account \(record.id): memory and disk differ at rest")
            }
            for record in durable.keys where record.deletedAt == nil {
                guard let state = books.keys[record.id], state.isIdle, state.tokens.reserved == 0 else {
                    throw Broken(description: "key \(record.id): a slot or a hold is left at rest")
                }
                guard state.rest == record.remaining else {
                    throw Broken(description: "key \(record.id): memory and disk differ at rest")
                }
            }
        }
    }
}
