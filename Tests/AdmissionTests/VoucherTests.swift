import Accounts
import Ledger
import Money
import TestSupport
import Testing
import Timekeeping
import Vault

@testable import Admission

@Suite struct VoucherTests {
    private func order(_ amount: Int64, shown: Int64, uses: Int = 1, expiresAt: Timestamp? = nil)
        -> VoucherOrder
    {
        var order = VoucherOrder(amount: NanoUSD(nanos: amount), shownAmount: NanoUSD(nanos: shown))
        order.uses = uses
        order.expiresAt = expiresAt
        return order
    }

    private func voucher(_ bench: Bench, _ order: VoucherOrder) async throws -> VoucherRecord {
        try #require(
            await bench.admission.accounts.createVouchers(of: bench.account.id, order, count: 1, by: .test).first?
                .record)
    }

    @Test func `what was left goes on being shown as it was, and the voucher adds what it says`() async throws {
        let bench = try await Bench(deposit: 100_000)
        var keyOrder = KeyOrder(
            budget: NanoUSD(nanos: 6000), limits: KeyLimits(requestsPerMinute: 100, concurrentRequests: 10))
        keyOrder.multiplier = try #require(DisplayMultiplier(numerator: 10, denominator: 6))
        let issued = try await bench.admission.accounts.createKey(of: bench.account.id, keyOrder, by: .test)
        let principal = try #require(bench.principal(of: issued.secret))
        #expect(try bench.spend(principal) == nil)
        await bench.ledger.settled()
        let before = try #require(bench.ledger.key(issued.record.id))
        #expect(before.spent > .zero)
        let remaining = try #require(before.shownRemaining)
        let topped = try await bench.admission.accounts.redeem(
            voucher(bench, order(777, shown: 999)), by: principal.keyID, actor: .test)
        #expect(topped.shownRemaining == remaining + NanoUSD(nanos: 999))
        #expect(topped.shownSpent == before.shownSpent && topped.budget == before.budget + NanoUSD(nanos: 777))
        // A key that is spent to the end has shown its client the promised amount exactly.
        let promised = try #require(topped.shownBudget)
        let rest = topped.remaining
        #expect(topped.multiplier.shown(rest) == promised - topped.shownSpent)
    }

    @Test func `fifty keys at once redeem a voucher of three uses three times`() async throws {
        let bench = try await Bench(deposit: 100_000)
        var keys: [Principal] = []
        for _ in 0..<50 { keys.append(try await bench.key(budget: 10)) }
        let voucher = try await voucher(bench, order(100, shown: 150, uses: 3))
        let redeemed = await withTaskGroup(of: Bool.self, returning: Int.self) { group in
            for key in keys {
                for _ in 0..<2 {
                    group.addTask {
                        (try? await bench.admission.accounts.redeem(voucher, by: key.keyID, actor: .test)) != nil
                    }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(redeemed == 3)
        let account = try #require(bench.ledger.account(bench.account.id))
        #expect(account.allocated == NanoUSD(nanos: 50 * 10 + 3 * 100))
        // The available balance in the books is that of the ledger.
        _ = try await bench.key(budget: account.available.nanos)
        await #expect(throws: ManagementError.insufficientAvailableBalance) { try await bench.key(budget: 1) }
    }

    @Test func `a voucher is refused for what is wrong with it`() async throws {
        let bench = try await Bench(deposit: 1000)
        let key = try await bench.key(budget: 10)
        let other = try await bench.key(budget: 10)
        func redeem(_ voucher: VoucherRecord, _ key: Principal) async throws {
            _ = try await bench.admission.accounts.redeem(voucher, by: key.keyID, actor: .test)
        }
        let twice = try await voucher(bench, order(10, shown: 10, uses: 2))
        try await redeem(twice, key)
        await #expect(throws: ManagementError.voucher(.redeemedBefore)) { try await redeem(twice, key) }
        try await redeem(twice, other)
        let third = try await bench.key(budget: 10)
        await #expect(throws: ManagementError.voucher(.usedUp)) { try await redeem(twice, third) }
        let short = try await voucher(
            bench, order(10, shown: 10, expiresAt: bench.time.now().advanced(by: .seconds(1))))
        bench.time.advance(milliseconds: 1000)
        await #expect(throws: ManagementError.voucher(.expired)) { try await redeem(short, key) }
        let revoked = try await voucher(bench, order(10, shown: 10))
        _ = try await bench.admission.accounts.revokeVoucher(revoked.id, by: .test)
        await #expect(throws: ManagementError.voucher(.unknown)) { try await redeem(revoked, key) }
        let dear = try await voucher(bench, order(100_000, shown: 100_000))
        await #expect(throws: ManagementError.insufficientAvailableBalance) { try await redeem(dear, key) }
        _ = try await bench.admission.accounts.changeKey(other.keyID, KeyChange(drawsOnAccount: true), by: .test)
        await #expect(throws: ManagementError.keyHasNoBudget) {
            try await redeem(voucher(bench, order(1, shown: 1)), other)
        }
        _ = try await bench.admission.accounts.deleteKey(third.keyID, by: .test)
        await #expect(throws: ManagementError.notFound) { try await redeem(voucher(bench, order(1, shown: 1)), third) }
        #expect(bench.ledger.key(key.keyID)?.budget == NanoUSD(nanos: 20))
    }

    @Test func `what cannot be written is given back`() async throws {
        let bench = try await Bench(deposit: 1000)
        let key = try await bench.key(budget: 10)
        let voucher = try await voucher(bench, order(990, shown: 990))
        bench.ledger.isWritable = false
        await #expect(throws: ManagementError.self) {
            try await bench.admission.accounts.redeem(voucher, by: key.keyID, actor: .test)
        }
        bench.ledger.isWritable = true
        _ = try await bench.admission.accounts.redeem(voucher, by: key.keyID, actor: .test)
        #expect(bench.ledger.account(bench.account.id)?.available == .zero)
    }

    @Test func `a code is found again by whoever types it, of its own account alone`() async throws {
        let bench = try await Bench(deposit: 1000)
        let issued = try #require(
            await bench.admission.accounts.createVouchers(of: bench.account.id, order(1, shown: 1), count: 3, by: .test)
                .last)
        let code = try #require(VoucherCode(typed: issued.code.revealed.lowercased()))
        let found = try await bench.admission.accounts.voucher(code, of: bench.account.id, in: bench.ledger)
        #expect(found == issued.record)
        #expect(try bench.admission.accounts.reveal(issued.record) == issued.code)
        #expect(try await bench.admission.accounts.voucher(code, of: AccountID(77), in: bench.ledger) == nil)
        #expect(try await bench.admission.accounts.voucher(.mint(), of: bench.account.id, in: bench.ledger) == nil)
    }
}
