import Accounts
import Ledger
import Logging
import Metering
import Money
import Testing
import Timekeeping

@testable import Admission
@testable import TestSupport

/// Holds, extensions and settlements that the ledger could not write. Every line is logged outside of the lock of the
/// books: `DiskBench` takes that lock for each of them.
@Suite struct FailedWriteTests {
    @Test func `releases the money of a settled request whose hold was never written`() async throws {
        for budget in [1000 as Int64?, nil] {
            let bench = try await DiskBench()
            let key = try await bench.key(budget: budget)
            let before = (bench.rest(key), bench.available(key))
            let held = try bench.admit(key)
            let request = held.hold.requestID.requestText
            bench.requests.settle(held, Bench.outcome(output: 50))
            bench.fillDiskOnce()
            #expect(bench.store.pending.count == 1)
            bench.store.write(atMost: 1)
            #expect(bench.rest(key) == before.0 && bench.available(key) == before.1)
            #expect(bench.log.has(.error, "hold could not be written", request))
            #expect(bench.log.has(.error, "not charged", request))
            #expect(bench.requests.counters.lostSettlements == 0 && bench.store.durable.rows.isEmpty)
            #expect(bench.requests.load(of: key.keyID)?.requestsToday == 0)
        }
    }

    @Test func `charges nothing for a request that ends after the write of its hold has failed`() async throws {
        let bench = try await DiskBench()
        let key = try await bench.key(budget: 1000)
        let held = try bench.admit(key)
        bench.fillDiskOnce()
        #expect(bench.requests.settle(held, Bench.outcome(output: 50)) == .zero)
        #expect(bench.store.pending.isEmpty && bench.rest(key) == NanoUSD(nanos: 1000))
        #expect(bench.log.lines.contains { $0.hasPrefix("error:") && $0.contains("not charged") })
    }

    @Test func `releases the money of an abandoned request, extensions that were never written included`() async throws
    {
        let bench = try await DiskBench()
        let key = try await bench.key(budget: 5000)
        var held = try bench.admit(key)
        #expect(bench.requests.extend(&held, toCover: NanoUSD(nanos: 1200)))
        bench.fillDiskOnce()
        bench.store.write(atMost: 10)
        #expect(!bench.log.has(.critical, "extended"))
        bench.requests.abandon(held)
        #expect(bench.rest(key) == NanoUSD(nanos: 5000))
        #expect(bench.requests.load(of: key.keyID)?.requestsInFlight == 0)
    }

    @Test func `settles an abandoned request at zero when its hold was written`() async throws {
        let bench = try await DiskBench()
        let key = try await bench.key(budget: 1000)
        let held = try bench.admit(key)
        bench.store.write(atMost: 1)
        bench.requests.abandon(held)
        #expect(bench.rest(key) == .zero)
        bench.store.write(atMost: 1)
        #expect(bench.rest(key) == NanoUSD(nanos: 1000) && bench.store.durable.holds.isEmpty)
        #expect(bench.store.durable.rows.map(\.cost) == [.zero])
    }

    @Test func `keeps the money held, and says so, when the ledger refuses the settlement of a written hold`()
        async throws
    {
        let bench = try await DiskBench()
        let key = try await bench.key(budget: 3000)
        var held = try bench.admit(key)
        let hold = held.hold
        bench.store.write(atMost: 1)
        // Something else has ended the hold.
        _ = bench.store.enqueue(
            .settle(
                Settlement(
                    hold: hold, usage: .zero, usageSource: .none, cost: .zero, durationMilliseconds: 0,
                    firstByteMilliseconds: nil, status: 200)), completion: { _ in })
        bench.store.write(atMost: 1)
        #expect(bench.requests.extend(&held, toCover: NanoUSD(nanos: 1200)))
        let amount = held.hold.amount
        bench.requests.settle(held, Bench.outcome(output: 10))
        bench.store.write(atMost: 2)
        #expect(bench.rest(key) == NanoUSD(nanos: 3000) - amount)
        #expect(bench.log.has(.critical, "could not be extended", hold.requestID.requestText))
        #expect(bench.log.has(.critical, "settlement could not be written", hold.requestID.requestText))
        #expect(bench.requests.counters.lostSettlements == 1)
    }

    @Test func `books an overrun and logs it with its request`() async throws {
        let bench = try await DiskBench()
        let key = try await bench.key(budget: 1000)
        let held = try bench.admit(key)
        let request = held.hold.requestID.requestText
        bench.requests.settle(held, Bench.outcome(output: 1000))
        bench.store.write(atMost: 2)
        #expect(bench.log.has(.error, "overrun", request) && bench.requests.counters.overruns == 1)
    }

    @Test func `keeps a deleted key until the settlement of its last request is durable, also one of zero`()
        async throws
    {
        let bench = try await DiskBench()
        let key = try await bench.key(budget: 1000)
        let held = try bench.admit(key, .countTokens)
        #expect(held.hold.amount == .zero)
        let accounts = bench.admission.accounts
        let deletion = Task { try await accounts.deleteKey(key.keyID, by: .test) }
        while bench.store.pending.count < 2 { await Task.yield() }
        bench.requests.settle(held, Bench.outcome(output: 0))
        bench.store.write(atMost: 2)
        #expect(try await deletion.value == NanoUSD(nanos: 1000))
        #expect(bench.isKnown(key))
        bench.store.write(atMost: 1)
        #expect(!bench.isKnown(key) && bench.store.durable.rows.count == 1)
    }

    @Test(arguments: [false, true])
    func `keeps a key whose deletion is queued behind the settlement of its last request`(fails: Bool) async throws {
        let bench = try await DiskBench()
        let key = try await bench.key(budget: 1000)
        let before = bench.available(key)
        let held = try bench.admit(key)
        bench.store.write(atMost: 1)
        bench.requests.settle(held, Bench.outcome(output: 10))
        let accounts = bench.admission.accounts
        let deletion = Task { try await accounts.deleteKey(key.keyID, by: .test) }
        while bench.store.pending.count < 2 { await Task.yield() }
        bench.store.write(atMost: 1)
        bench.store.isDiskFull = fails
        bench.store.write(atMost: 1)
        if fails {
            await #expect(throws: ManagementError.self) { try await deletion.value }
            #expect(bench.rest(key) == NanoUSD(nanos: 920) && bench.available(key) == before)
        } else {
            #expect(try await deletion.value == NanoUSD(nanos: 920))
            #expect(!bench.isKnown(key) && bench.available(key) == before.map { $0 + NanoUSD(nanos: 920) })
        }
    }

    @Test func `the last of several queued switches between budget and account decides`() async throws {
        let bench = try await DiskBench()
        let key = try await bench.key(budget: nil)
        let accounts = bench.admission.accounts
        let amount = NanoUSD(nanos: 500)
        let toBudget = Task {
            let change = KeyChange(drawsOnAccount: false, budgetChange: amount)
            return try await accounts.changeKey(key.keyID, change, by: .test)
        }
        while bench.store.pending.count < 1 { await Task.yield() }
        let toAccount = Task { try await accounts.changeKey(key.keyID, KeyChange(drawsOnAccount: true), by: .test) }
        while bench.store.pending.count < 2 { await Task.yield() }
        bench.store.write(atMost: 1)
        _ = try await toBudget.value
        await #expect(throws: ManagementError.keyHasNoBudget) {
            try await accounts.changeKey(key.keyID, KeyChange(budgetChange: amount), by: .test)
        }
        bench.store.write(atMost: 1)
        #expect(try await toAccount.value.remaining == .zero)
        #expect(bench.rest(key) == .zero && bench.available(key) == NanoUSD(nanos: 1_000_000))
    }

    @Test func `writes and logs the settlement of a key that the books do not have`() async throws {
        let bench = try await DiskBench()
        let other = try await DiskBench(bench.store.durable)
        let key = try await other.key(budget: 1000)
        let held = try other.admit(key)
        let hold = held.hold
        bench.requests.settle(held, Bench.outcome(output: 10))
        guard case .settle(let settlement) = bench.store.pending.last else {
            Issue.record("the settlement is not enqueued")
            return
        }
        #expect(settlement.hold == hold && settlement.cost == NanoUSD(nanos: 80))
        #expect(bench.log.has(.critical, "not in the books", hold.requestID.requestText))
    }

    @Test func `holds the budget again when the switch to the account's balance could not be written`() async throws {
        let bench = try await DiskBench()
        let key = try await bench.key(budget: 1000)
        let accounts = bench.admission.accounts
        bench.store.isDiskFull = true
        await #expect(throws: ManagementError.self) {
            try await DiskBench.writing(bench.store) {
                try await accounts.changeKey(key.keyID, KeyChange(drawsOnAccount: true), by: .test)
            }
        }
        bench.store.isDiskFull = false
        // The disk is found to work with the next write.
        _ = try await bench.key(budget: nil)
        let held = try bench.admit(key)
        #expect(held.hold.payer == .budget && bench.rest(key) == .zero)
        bench.requests.settle(held, Bench.outcome(output: 10))
    }

    @Test func `a budget that arrives while the key is switched to the account does not stay with the key`()
        async throws
    {
        let bench = try await DiskBench()
        let key = try await bench.key(budget: 1000)
        let accounts = bench.admission.accounts
        let raise = Task {
            try await accounts.changeKey(key.keyID, KeyChange(budgetChange: NanoUSD(nanos: 500)), by: .test)
        }
        while bench.store.pending.count < 1 { await Task.yield() }
        let change = Task { try await accounts.changeKey(key.keyID, KeyChange(drawsOnAccount: true), by: .test) }
        while bench.store.pending.count < 2 { await Task.yield() }
        bench.store.write(atMost: 1)
        _ = try await raise.value
        #expect(bench.rest(key) == .zero)
        bench.store.write(atMost: 1)
        _ = try await change.value
        #expect(bench.rest(key) == .zero && bench.available(key) == NanoUSD(nanos: 1_000_000))
    }
}
