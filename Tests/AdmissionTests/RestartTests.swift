import Accounts
import Ledger
import Logging
import Metering
import Money
import Pricing
import Testing
import Timekeeping

@testable import Admission
@testable import TestSupport

/// The state of admission after a restart.
@Suite struct RestartTests {
    /// Leaves a request in flight and restarts.
    private func restart(
        budget: Int64?, deletingKey: Bool = false
    ) async throws -> (bench: DiskBench, key: Principal, request: UUIDv7) {
        let bench = try await DiskBench()
        let key = try await bench.key(budget: budget)
        let held = try bench.admit(key)
        let request = held.hold.requestID
        let accounts = bench.admission.accounts
        if deletingKey {
            _ = try await DiskBench.writing(bench.store) { try await accounts.deleteKey(key.keyID, by: .test) }
        }
        bench.store.write(atMost: 100)
        return (try await DiskBench(bench.store.crash()), key, request)
    }

    @Test func `reads the ledger once, also after a crash, and not for a reload of prices`() async throws {
        let (bench, _, _) = try await restart(budget: 1000)
        #expect(bench.store.reads == 1)
        let prices = bench.admission.prices
        #expect(try await prices.reload(file: prices.rateCard, by: .test) == nil)
        #expect(bench.store.reads == 1)
    }

    @Test func `charges a request of an earlier run its input, and agrees with the ledger`() async throws {
        for budget in [5000 as Int64?, nil] {
            let (bench, key, request) = try await restart(budget: budget)
            let durable = bench.store.durable
            let row = try #require(durable.rows.first)
            #expect(row.usageSource == .interrupted && row.cost == NanoUSD(nanos: 200) && durable.holds.isEmpty)
            let record = try #require(durable.keys.first { $0.id == key.keyID })
            #expect(bench.rest(key) == record.remaining && bench.available(key) == durable.accounts.first?.available)
            #expect(bench.requests.books.withLock { $0.keys[key.keyID]?.isIdle } == true)
            #expect(bench.requests.load(of: key.keyID)?.requestsToday == 1)
            #expect(bench.log.has(.warning, "in flight when the gateway stopped", request.requestText))
        }
    }

    @Test func `returns the hold of a deleted key to its account`() async throws {
        for budget in [5000 as Int64?, nil] {
            let (bench, key, _) = try await restart(budget: budget, deletingKey: true)
            let account = try #require(bench.store.durable.accounts.first)
            #expect(account.available == NanoUSD(nanos: 1_000_000 - 200))
            #expect(bench.available(key) == account.available && !bench.isKnown(key))
        }
    }

    @Test func `holds an interrupted request against the limits of its day`() async throws {
        var order = KeyOrder(
            budget: NanoUSD(nanos: 9000), limits: KeyLimits(requestsPerMinute: 60, concurrentRequests: 5))
        order.rules.spendLimit = SpendLimit(amount: NanoUSD(nanos: 1100), period: .day)
        let first = try await DiskBench()
        let key = try await first.key(order)
        _ = try first.admit(key)
        first.store.write(atMost: 100)
        let second = try await DiskBench(first.store.crash())
        // 200 of 1,100 are spent, and a request asks for 1,000.
        #expect(throws: Refusal.self) { _ = try second.admit(key) }
        second.time.advance(milliseconds: 86_400_000)
        let held = try second.admit(key)
        second.requests.settle(held, Bench.outcome(output: 1))
    }

    @Test func `of prices adopted at the same moment, those that the ledger recorded last are in force`() async throws {
        let bench = try await DiskBench()
        let prices = bench.admission.prices
        let now = bench.time.now()
        var adoptions: [Task<RateCardRecord, any Error>] = []
        var versions: [Int64] = []
        for cost in 1...8 {
            let card = try RateCard(
                yaml: "models: {m: {input: 0.00\(cost), output: 0.008, context: 1000}}", source: "test")
            versions.append(card.version)
            let queued = bench.store.pending.count
            adoptions.append(Task { try await prices.adopt(card, origin: .call, from: now, by: .test) })
            while bench.store.pending.count == queued { await Task.yield() }
        }
        bench.store.write(atMost: 8)
        #expect(prices.rateCard.version == versions.last)
        for adoption in adoptions { _ = try await adoption.value }
        #expect(prices.rateCard.version == versions.last)
    }

    @Test func `the prices of a reload are those that the next reload compares with`() async throws {
        let bench = try await DiskBench()
        let prices = bench.admission.prices
        let first = prices.rateCard
        let second = try RateCard(
            yaml: "models: {m: {input: 0.004, output: 0.008, context: 1000, max_output: 100}}", source: "test")
        let adopted = try await DiskBench.writing(bench.store) { try await prices.reload(file: second, by: .test) }
        #expect(adopted?.version == second.version && prices.rateCard.version == second.version)
        #expect(try await prices.reload(file: second, by: .test) == nil)
        let back = try await DiskBench.writing(bench.store) { try await prices.reload(file: first, by: .test) }
        #expect(back?.version == first.version)
    }
}
