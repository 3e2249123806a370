import Accounts
import Ledger
import Logging
import Metering
import Money
import Pricing
import TestSupport
import Testing
import Timekeeping
import Vault

@testable import Admission

@Suite struct RequestAdmissionTests {
    @Test func `never admits more than the limit in any 60 seconds`() async throws {
        let bench = try await Bench()
        let key = try await bench.key(budget: 500_000, rpm: 7, concurrency: 100)
        var admissions: [Int64] = []
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            bench.time.advance(milliseconds: .random(in: 1...4000, using: &generator))
            if try bench.spend(key) == nil { admissions.append(bench.time.monotonicNanoseconds()) }
            await bench.ledger.settled()
        }
        for (index, start) in admissions.enumerated() {
            let inWindow = admissions[index...].prefix { $0 - start < 60_000_000_000 }
            #expect(inWindow.count <= 7)
        }
        #expect(admissions.count > 100)
    }

    @Test func `says when the next admission fits`() async throws {
        let bench = try await Bench()
        let key = try await bench.key(budget: 500_000, rpm: 2)
        #expect(try bench.spend(key) == nil)
        bench.time.advance(milliseconds: 20_000)
        #expect(try bench.spend(key) == nil)
        let refusal = try #require(try bench.spend(key))
        #expect(refusal.retryAfterSeconds == 41)
        bench.time.advance(milliseconds: 40_000)
        #expect(try bench.spend(key) == nil)
    }

    @Test func `a refused request counts against nothing`() async throws {
        let bench = try await Bench()
        let key = try await bench.key(budget: 1000, rpm: 3)
        for _ in 0..<10 {
            #expect(try bench.admit(key, bench.demand(model: "unknown")) { _ in } == .modelNotPriced(model: "unknown"))
        }
        #expect(bench.admission.requests.headroom(of: key.keyID)?.remaining == 3)
        #expect(try bench.spend(key) == nil)
    }

    @Test func `a slot lives as long as its request`() async throws {
        let bench = try await Bench()
        let key = try await bench.key(budget: 500_000, concurrency: 1)
        let refusal = try bench.admit(key) { held in
            #expect((try? bench.spend(key)) == .tooManyConcurrent(limit: 1))
            bench.admission.requests.settle(held, Bench.outcome(output: 1))
        }
        #expect(refusal == nil)
        #expect(try bench.spend(key) == nil)
    }

    @Test func `refuses with 429 what is only held, and with 402 what is spent`() async throws {
        let bench = try await Bench()
        let key = try await bench.key(budget: 1500, shown: 3000)
        _ = try bench.admit(key) { held in
            let refusal = try? bench.spend(key)
            #expect(
                refusal
                    == .budgetHeld(
                        MoneyShortage(
                            rule: .budget, needed: NanoUSD(nanos: 2000), free: NanoUSD(nanos: 1000),
                            held: NanoUSD(nanos: 2000))))
            bench.admission.requests.settle(held, Bench.outcome(output: 100))
        }
        await bench.ledger.settled()
        #expect(
            try bench.spend(key)
                == .budgetSpent(
                    MoneyShortage(rule: .budget, needed: NanoUSD(nanos: 2000), free: NanoUSD(nanos: 1400), held: .zero))
        )
    }

    @Test func `concurrent requests never overspend`() async throws {
        let bench = try await Bench()
        let key = try await bench.key(budget: 10_500, rpm: 100_000, concurrency: 100_000)
        let admitted = await withTaskGroup(of: Bool.self, returning: Int.self) { group in
            for _ in 0..<1000 {
                group.addTask {
                    (try? bench.admit(key) { bench.admission.requests.settle($0, Bench.outcome(output: 100)) }) == .none
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        await bench.ledger.settled()
        let record = try #require(bench.ledger.key(key.keyID))
        #expect(admitted >= 10 && record.spent <= record.budget && record.held == .zero)
        #expect(record.spent == NanoUSD(nanos: Int64(record.rows) * 800))
    }

    @Test func `holds what fits, and lowers the limit to what that pays for`() async throws {
        let bench = try await Bench()
        _ = try await bench.admission.accounts.changeAccount(
            bench.account.id, AccountChange(shortage: .clamp), by: .test)
        let key = try await bench.key(budget: 605)
        let refusal = try bench.admit(key) { held in
            // 100 bytes at 2, and 50 tokens at 8: five nano-dollars do not make another token.
            #expect(held.outputLimit == 50 && held.hold.amount == NanoUSD(nanos: 600))
            #expect(held.demand.price.maxOutputTokens == 50 && held.hold.interruptedCost == NanoUSD(nanos: 200))
            bench.admission.requests.settle(held, Bench.outcome(output: 50))
        }
        #expect(refusal == nil)
        await bench.ledger.settled()
        // 205 are left: less than the input and 16 tokens need.
        #expect(
            try bench.spend(key)
                == .budgetSpent(
                    MoneyShortage(rule: .budget, needed: NanoUSD(nanos: 328), free: NanoUSD(nanos: 205), held: .zero)))
    }

    @Test func `who asks for little is let through with little`() async throws {
        let bench = try await Bench()
        _ = try await bench.admission.accounts.changeAccount(
            bench.account.id, AccountChange(shortage: .clamp), by: .test)
        let key = try await bench.key(budget: 230)
        #expect(
            try bench.admit(key, bench.demand(output: 3)) {
                bench.admission.requests.settle($0, Bench.outcome(output: 3))
            }
                == nil)
    }

    @Test func `an extension takes what is missing and goes ahead as far as there is money`() async throws {
        let bench = try await Bench()
        let key = try await bench.key(budget: 1500)
        _ = try bench.admit(key) { held in
            var held = consume held
            #expect(
                bench.admission.requests.extend(&held, toCover: NanoUSD(nanos: 900))
                    && held.hold.amount == NanoUSD(nanos: 1000))
            #expect(
                bench.admission.requests.extend(&held, toCover: NanoUSD(nanos: 1200))
                    && held.hold.amount == NanoUSD(nanos: 1500)
            )
            #expect(
                !bench.admission.requests.extend(&held, toCover: NanoUSD(nanos: 1501))
                    && held.hold.amount == NanoUSD(nanos: 1500))
            bench.admission.requests.settle(held, Bench.outcome(output: 120))
        }
        await bench.ledger.settled()
        let record = try #require(bench.ledger.key(key.keyID))
        #expect(record.spent == NanoUSD(nanos: 960) && record.held == .zero)
        #expect(bench.ledger.account(bench.account.id)?.overrun == .zero)
    }

    @Test func `a key that is deleted in mid-stream is not extended`() async throws {
        let bench = try await Bench()
        let key = try await bench.key(budget: 5000)
        var kept: HeldRequest?
        _ = try bench.admit(key) { kept = consume $0 }
        _ = try await bench.admission.accounts.deleteKey(key.keyID, by: .test)
        guard var held = kept.take() else { throw ManagementError.notFound }
        #expect(!bench.admission.requests.extend(&held, toCover: NanoUSD(nanos: 1001)))
        bench.admission.requests.settle(held, Bench.outcome(output: 10))
        await bench.ledger.settled()
        #expect(bench.ledger.account(bench.account.id)?.available == NanoUSD(nanos: 1_000_000 - 80))
    }

    @Test func `a markup is charged and written into the row`() async throws {
        let bench = try await Bench()
        _ = try await bench.admission.accounts.changeAccount(
            bench.account.id, AccountChange(markup: Markup(millionths: 1_500_000)), by: .test)
        let key = try await bench.key(budget: 5000)
        #expect(try bench.spend(key, output: 10) == nil)
        await bench.ledger.settled()
        let row = try #require(bench.ledger.rows(ofKey: key.keyID).first)
        #expect(row.cost == NanoUSD(nanos: 120) && row.markup.millionths == 1_500_000)
    }

    @Test func `the newest prices whose moment has come are in force`() async throws {
        let bench = try await Bench()
        func card(_ output: String) throws -> RateCard {
            try RateCard(yaml: "models: {m: {input: 0.002, output: \(output), context: 1000}}", source: "test")
        }
        let now = bench.time.now()
        let later = Timestamp(milliseconds: now.milliseconds + 60_000)
        let (first, second) = (try card("1"), try card("2"))
        try await bench.admission.prices.adopt(second, origin: .call, from: later, by: .test)
        #expect(bench.admission.prices.rateCard.version != second.version)
        try await bench.admission.prices.adopt(first, origin: .call, from: now, by: .test)
        #expect(
            bench.admission.prices.rateCard.version == first.version
                && bench.admission.prices.schedule.entries.count == 2)
        bench.time.advance(milliseconds: 60_000)
        #expect(bench.admission.prices.rateCard.version == second.version)
        // The file that the gateway was started with has not changed: what was adopted since stays.
        let unchanged = try RateCard(
            yaml: "models: {m: {input: 0.002, output: 0.008, context: 1000, max_output: 100}}", source: "test")
        #expect(try await bench.admission.prices.reload(file: unchanged, by: .test) == nil)
        #expect(try await bench.admission.prices.reload(file: first, by: .test) != nil)
        #expect(bench.admission.prices.rateCard.version == first.version)
    }

    @Test func `what goes beyond the budget is an overrun, never a negative balance`() async throws {
        let bench = try await Bench()
        let key = try await bench.key(budget: 1500)
        _ = try bench.admit(key) { bench.admission.requests.settle($0, Bench.outcome(output: 1000)) }
        await bench.ledger.settled()
        let record = try #require(bench.ledger.key(key.keyID))
        #expect(record.spent == NanoUSD(nanos: 1500) && record.remaining == .zero)
        #expect(bench.ledger.rows(ofKey: key.keyID).first?.cost == NanoUSD(nanos: 8000))
        #expect(bench.ledger.account(bench.account.id)?.overrun == NanoUSD(nanos: 6500))
    }

    @Test func `refuses work while the ledger cannot be written, and goes on when it can`() async throws {
        let bench = try await Bench()
        let key = try await bench.key(budget: 5000)
        bench.ledger.isWritable = false
        #expect(try bench.spend(key) == .ledgerUnavailable)
        bench.ledger.isWritable = true
        #expect(try bench.spend(key) == nil)
    }

    @Test func `what was in flight when the gateway stopped is charged its input`() async throws {
        let bench = try await Bench()
        let key = try await bench.key(budget: 5000)
        _ = try bench.admit(key) { _ in }
        await bench.ledger.settled()
        let vault = try #require(KeyVault(sealKey: [UInt8](repeating: 7, count: 32)))
        let restarted = try await AdmissionServices.open(
            store: bench.ledger, rateCard: bench.admission.prices.rateCard, vault: vault, policy: KeyPolicy(),
            time: bench.time, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        let row = try #require(bench.ledger.rows(ofKey: key.keyID).first)
        #expect(row.usageSource == .interrupted && row.cost == NanoUSD(nanos: 200))
        #expect(bench.ledger.key(key.keyID)?.held == .zero)
        #expect(restarted.requests.headroom(of: key.keyID)?.remaining == 60)
    }
}
