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

/// The real data path and the real admission, with everything that can happen to them, step by step, from a seed; after every
/// step the invariants of money are checked.
///
/// Lives on the main actor: the embedded event loop must not change its thread.
@MainActor
final class Simulation {
    struct Broken: Error, CustomStringConvertible {
        var description: String
    }

    /// A key, and the secret that its client presents.
    private struct SimulatedKey {
        let principal: Principal
        let secret: String
    }

    private var dice: SeededGenerator
    private let time = ManualTime(start: Timestamp(milliseconds: 1_790_000_000_000))
    private let card: RateCard
    private let vault: KeyVault
    private let logger = Logger(label: "simulation", factory: { _ in SwiftLogNoOpLogHandler() })
    private var store = SimulatedStore()
    private var admission: AdmissionServices
    private var path: SimulatedDataPath
    private(set) var trace = SimulationTrace()
    private var calls: [ManagementTask] = []
    private var keys: [SimulatedKey] = []
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
        path = SimulatedDataPath(admission: admission.requests, logger: logger)
        for _ in 0..<3 { try await openAccount() }
    }

    /// Does one thing, then checks the invariants.
    func step(_ number: Int) async throws {
        trace.begin(step: number)
        try await act(dice.roll(100))
        try await settle()
    }

    /// Lets everything end, then checks that memory and disk agree to the last nano-dollar.
    func quiesce() async throws {
        store.isDiskFull = false
        for _ in 0..<400 where !(path.isIdle && store.pending.isEmpty && calls.isEmpty) {
            store.write(atMost: 1000)
            time.advance(milliseconds: 1000)
            try path.checkDeadlines(&dice)
            try path.finishAll(&dice)
            try await settle()
        }
        guard path.isIdle, store.pending.isEmpty, calls.isEmpty else {
            throw Broken(description: "something never ends")
        }
        guard store.durable.holds.isEmpty else { throw Broken(description: "a hold outlived its request") }
        try invariants.checkAgreement()
    }

    /// Ends the simulation; its counts are complete afterwards.
    func close() throws {
        try path.close()
        noteCounters()
    }

    private var invariants: MoneyInvariants {
        MoneyInvariants(
            durable: store.durable, pending: store.pending, admission: admission.requests, requestIDs: path.requestIDs)
    }

    private func settle() async throws {
        try path.settle(&dice)
        await settleCalls()
        for event in path.takeEvents() { trace.add(event) }
        try invariants.check()
    }

    // MARK: What happens

    private func act(_ roll: Int) async throws {
        switch roll {
        case 0..<15: if let key = dice.pick(keys) { try path.request(secret: key.secret, &dice) }
        case 15..<62: try path.step(&dice)
        case 62..<65: try path.clientLeaves(&dice)
        case 65..<82:
            let count = dice.roll(6) + 1
            trace.add("the ledger writes \(min(count, store.pending.count)) commands")
            store.write(atMost: count)
        case 82:
            store.isDiskFull = dice.roll(3) == 0
            trace.add(store.isDiskFull ? "the disk is full" : "the disk has room")
        case 83: try await crash()
        case 84..<88:
            // Seldom hours, so that days and weeks go by.
            let milliseconds = Int64(dice.roll(dice.roll(20) == 0 ? 12_000_000 : 20_000))
            trace.add("\(milliseconds) ms pass")
            time.advance(milliseconds: milliseconds)
            try path.checkDeadlines(&dice)
        default: await manage()
        }
    }

    private func noteCounters() {
        counts["cut", default: 0] += Int(admission.requests.counters.cuts)
        counts["extension", default: 0] += Int(admission.requests.counters.extensions)
        counts.merge(path.counts, uniquingKeysWith: +)
    }

    private func count(_ what: String) { counts[what, default: 0] += 1 }

    private func crash() async throws {
        count("crash")
        trace.add("the process dies; \(store.pending.count) commands are lost")
        let durable = store.crash()
        await settleCalls()
        try path.close()
        calls = []
        store = SimulatedStore(durable: durable)
        noteCounters()
        admission = try await Self.open(store, card, vault, time, logger)
        path = SimulatedDataPath(admission: admission.requests, logger: logger)
        guard store.durable.holds.isEmpty else { throw Broken(description: "a start leaves a hold open") }
        for id in acknowledgedDeposits where !durable.deposits.contains(where: { $0.publicID == id }) {
            throw Broken(description: "an acknowledged deposit is forgotten")
        }
        for id in acknowledgedKeys where !durable.keys.contains(where: { $0.publicID == id }) {
            throw Broken(description: "an acknowledged key is forgotten")
        }
        keys = try durable.keys.filter { $0.deletedAt == nil }.map {
            SimulatedKey(principal: Principal($0), secret: try admission.accounts.reveal($0).revealed)
        }
        accounts = durable.accounts.map(\.id)
        try invariants.checkAgreement()
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
        case key(Principal, secret: String)
        case deleted(KeyID)
        case nothing
    }

    private func manage() async {
        guard let account = dice.pick(accounts) else { return }
        let key = dice.pick(keys.filter { $0.principal.kind == .client })?.principal
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
            let order = dice.keyOrder(budget: dice.roll(4) == 0 ? nil : amount)
            await begin {
                let issued = try await admission.accounts.createKey(of: account, order, by: .gateway("simulation"))
                return .key(Principal(issued.record), secret: issued.secret.revealed)
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
        trace.add("a management call is made")
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
            case .key(let principal, let secret):
                acknowledgedKeys.insert(principal.publicID)
                keys.append(SimulatedKey(principal: principal, secret: secret))
            case .deleted(let id): keys.removeAll { $0.principal.keyID == id }
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
        keys.append(SimulatedKey(principal: Principal(own.record), secret: own.secret.revealed))
        pump.cancel()
        await pump.value
    }
}
