import Accounts
import Dispatch
import Ledger
import Metering
import Money
import TestSupport
import Testing

@testable import Admission

@Suite struct ManagementTests {
    @Test func `concurrent keys never carve more than there is`() async throws {
        let bench = try await Bench(deposit: 10_000)
        let made = await withTaskGroup(of: Bool.self, returning: Int.self) { group in
            for _ in 0..<50 { group.addTask { (try? await bench.key(budget: 900)) != nil } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(made == 11)
        #expect(bench.ledger.account(bench.account.id)?.available == NanoUSD(nanos: 100))
    }

    @Test func `a budget goes up from the account and down to what is spent or held`() async throws {
        let bench = try await Bench(deposit: 10_000)
        let key = try await bench.key(budget: 3000)
        func change(_ nanos: Int64) async throws(ManagementError) -> NanoUSD {
            try await bench.admission.accounts.changeKey(
                key.keyID, KeyChange(budgetChange: NanoUSD(nanos: nanos)), by: .test
            )
            .budget
        }
        #expect(try await change(7000) == NanoUSD(nanos: 10_000))
        await #expect(throws: ManagementError.insufficientAvailableBalance) { try await change(1) }
        var isHeld = false
        _ = try bench.admit(key) { _ in isHeld = true }
        #expect(isHeld)
        await #expect(throws: ManagementError.belowSpentOrHeld) { try await change(-9001) }
        #expect(try await change(-9000) == NanoUSD(nanos: 1000))
        #expect(bench.ledger.account(bench.account.id)?.available == NanoUSD(nanos: 9000))
    }

    @Test func `deleting a key returns its rest at once and what was held as requests end`() async throws {
        let bench = try await Bench(deposit: 10_000)
        let key = try await bench.key(budget: 3000)
        let other = try await bench.key(budget: 6000)
        _ = try bench.admit(key) { held in
            let deletion = Deletion(bench, key)
            deletion.run()
            bench.admission.requests.settle(held, Bench.outcome(output: 10))
        }
        await bench.ledger.settled()
        #expect(try bench.spend(key) == .unknownKey)
        let account = try #require(bench.ledger.account(bench.account.id))
        #expect(account.available == NanoUSD(nanos: 10_000 - 6000 - 80))
        // The available balance in the books can be allocated to another key in full.
        _ = try await bench.admission.accounts.changeKey(
            other.keyID, KeyChange(budgetChange: account.available), by: .test)
    }

    @Test func `a command that cannot be written changes nothing`() async throws {
        let bench = try await Bench(deposit: 10_000)
        let key = try await bench.key(budget: 3000)
        bench.ledger.isWritable = false
        await #expect(throws: ManagementError.self) { try await bench.key(budget: 1000) }
        await #expect(throws: ManagementError.self) {
            try await bench.admission.accounts.deleteKey(key.keyID, by: .test)
        }
        await #expect(throws: ManagementError.self) {
            try await bench.admission.accounts.changeKey(
                key.keyID, KeyChange(budgetChange: NanoUSD(nanos: 500)), by: .test)
        }
        bench.ledger.isWritable = true
        #expect(try bench.spend(key) == nil)
        _ = try await bench.key(budget: 7000)
        #expect(bench.ledger.account(bench.account.id)?.available == .zero)
    }

    @Test func `a new secret ends the old one`() async throws {
        let bench = try await Bench()
        let order = KeyOrder(
            budget: NanoUSD(nanos: 100), limits: KeyLimits(requestsPerMinute: 1, concurrentRequests: 1))
        let issued = try await bench.admission.accounts.createKey(of: bench.account.id, order, by: .test)
        let replaced = try await bench.admission.accounts.replaceSecret(of: issued.record, by: .test)
        #expect(bench.principal(of: issued.secret) == nil)
        #expect(bench.principal(of: replaced.secret)?.keyID == issued.record.id)
        #expect(try bench.admission.accounts.reveal(replaced.record) == replaced.secret)
    }

    @Test func `the same deposit reference is one deposit`() async throws {
        let bench = try await Bench(deposit: 1)
        for _ in 0..<3 {
            _ = try await bench.admission.accounts.enterDeposit(
                to: bench.account.id, amount: NanoUSD(nanos: 500), status: .completed, reference: "r", by: .test)
        }
        #expect(bench.ledger.account(bench.account.id)?.deposited == NanoUSD(nanos: 501))
        _ = try await bench.key(budget: 501)
        await #expect(throws: ManagementError.insufficientAvailableBalance) { try await bench.key(budget: 1) }
    }

    /// Deletes a key from another task while a request of it is in flight.
    private struct Deletion {
        let bench: Bench
        let key: Principal

        init(_ bench: Bench, _ key: Principal) {
            self.bench = bench
            self.key = key
        }

        func run() {
            let done = DispatchSemaphore(value: 0)
            Task.detached {
                _ = try? await bench.admission.accounts.deleteKey(key.keyID, by: .test)
                done.signal()
            }
            done.wait()
        }
    }
}
