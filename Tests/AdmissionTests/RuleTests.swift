import Accounts
import Ledger
import Logging
import Money
import TestSupport
import Testing
import Timekeeping
import Vault

@testable import Admission

/// The rules of keys over time, with a clock that tests set. A request holds 1,000 nano-dollars and costs 800.
@Suite struct RuleTests {
    private func order(budget: Int64? = 100_000, _ change: (inout KeyRules) -> Void) -> KeyOrder {
        var order = KeyOrder(
            budget: budget.map(NanoUSD.init(nanos:)),
            limits: KeyLimits(requestsPerMinute: 1000, concurrentRequests: 100))
        change(&order.rules)
        return order
    }

    private func spend(_ bench: Bench, _ key: Principal) async throws -> Refusal? {
        let refusal = try bench.spend(key, output: 100)
        await bench.ledger.settled()
        return refusal
    }

    private func advance(_ bench: Bench, to moment: Timestamp) {
        bench.time.advance(milliseconds: moment.milliseconds - bench.time.now().milliseconds)
    }

    private func restarted(_ bench: Bench) async throws -> AdmissionServices {
        let vault = try #require(KeyVault(sealKey: [UInt8](repeating: 7, count: 32)))
        return try await AdmissionServices.open(
            store: bench.ledger, rateCard: bench.admission.prices.rateCard, vault: vault, policy: KeyPolicy(),
            time: bench.time, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    @Test(arguments: Period.allCases)
    func `a spend limit opens again with its period`(period: Period) async throws {
        let bench = try await Bench()
        let key = try await bench.key(
            order { $0.spendLimit = SpendLimit(amount: NanoUSD(nanos: 2000), period: period) })
        let end = period.next(after: bench.time.now().day).start
        #expect(try await spend(bench, key) == nil)
        #expect(try await spend(bench, key) == nil)
        let refusal = try await spend(bench, key)
        guard case .budgetSpent(let shortage) = refusal else {
            Issue.record("\(String(describing: refusal))")
            return
        }
        #expect(shortage.rule == .spendLimit(period) && shortage.opensAt == end)
        #expect(shortage.free == NanoUSD(nanos: 400))
        advance(bench, to: Timestamp(milliseconds: end.milliseconds - 1))
        #expect(try await spend(bench, key) != nil)
        bench.time.advance(milliseconds: 1)
        #expect(try await spend(bench, key) == nil)
        #expect(bench.ledger.key(key.keyID)?.spent == NanoUSD(nanos: 2400))
    }

    @Test func `what began before midnight counts for the day on which it began`() async throws {
        let bench = try await Bench()
        let key = try await bench.key(order { $0.spendLimit = SpendLimit(amount: NanoUSD(nanos: 2000), period: .day) })
        let midnight = Period.day.next(after: bench.time.now().day).start
        advance(bench, to: Timestamp(milliseconds: midnight.milliseconds - 1))
        let night = bench
        _ = try bench.admit(key) { held in
            night.time.advance(milliseconds: 1000)
            night.admission.requests.settle(held, Bench.outcome(output: 100))
        }
        await bench.ledger.settled()
        // The new day has its whole limit: two requests fit, and the third does not.
        #expect(try await spend(bench, key) == nil)
        #expect(try await spend(bench, key) == nil)
        #expect(try await spend(bench, key) != nil)
    }

    @Test func `a restart remembers what was spent in each window, and no more`() async throws {
        let bench = try await Bench()
        let key = try await bench.key(
            order {
                $0.spendLimit = SpendLimit(amount: NanoUSD(nanos: 2000), period: .week)
                $0.requestsPerDay = 3
            })
        #expect(try await spend(bench, key) == nil)
        #expect(try await spend(bench, key) == nil)
        let record = try #require(bench.ledger.key(key.keyID))
        let secret = try bench.admission.accounts.reveal(record)
        func refusal(_ admission: AdmissionServices) throws -> Refusal? {
            guard case .key(let principal) = admission.requests.authenticate(secret.revealed.utf8) else {
                return .unknownKey
            }
            let decision = admission.requests.admit(
                try bench.demand(), of: principal, requestID: UUIDv7(time: bench.time.now()),
                startedAt: bench.time.now(), onDurable: { _ in })
            switch consume decision {
            case .admitted(let held, _):
                admission.requests.settle(held, Bench.outcome(output: 100))
                return nil
            case .refused(let refusal, _): return refusal
            }
        }
        guard case .budgetSpent(let shortage) = try refusal(try await restarted(bench)) else {
            Issue.record("not refused")
            return
        }
        #expect(shortage.rule == .spendLimit(.week))
        advance(bench, to: Period.week.next(after: bench.time.now().day).start)
        #expect(try refusal(try await restarted(bench)) == nil)
    }

    @Test func `requests of a day are counted until midnight, a refused one is not`() async throws {
        let bench = try await Bench()
        let key = try await bench.key(order { $0.requestsPerDay = 2 })
        let midnight = Period.day.next(after: bench.time.now().day).start
        #expect(try bench.admit(key, bench.demand(model: "unknown")) { _ in } == .modelNotPriced(model: "unknown"))
        #expect(try await spend(bench, key) == nil)
        #expect(try await spend(bench, key) == nil)
        let left = midnight.milliseconds - bench.time.now().milliseconds
        #expect(
            try await spend(bench, key)
                == .dailyLimit(limit: 2, opensAt: midnight, retryAfterMilliseconds: left))
        advance(bench, to: midnight)
        #expect(try await spend(bench, key) == nil)
    }

    @Test func `tokens are counted for a minute, those in flight with their bound`() async throws {
        let bench = try await Bench()
        // A request is bound by 200 tokens, and uses 100.
        let key = try await bench.key(order { $0.tokensPerMinute = 500 })
        #expect(try await spend(bench, key) == nil)
        #expect(try await spend(bench, key) == nil)
        #expect(try await spend(bench, key) == nil)
        #expect(bench.admission.requests.load(of: key.keyID)?.tokensThisMinute == 300)
        _ = try bench.admit(key) { held in
            #expect((try? bench.spend(key)) == .tokensLimited(limit: 500, needed: 200, retryAfterMilliseconds: 60_001))
            bench.admission.requests.settle(held, Bench.outcome(output: 0))
        }
        await bench.ledger.settled()
        bench.time.advance(milliseconds: 60_000)
        #expect(try await spend(bench, key) == nil)
        let never = try bench.admit(key, bench.demand(bytes: 600)) { _ in }
        #expect(never == .tokensLimited(limit: 500, needed: 700, retryAfterMilliseconds: nil))
    }

    @Test func `a subscription pays first, then the budget, and begins anew`() async throws {
        let bench = try await Bench()
        let key = try await bench.key(
            order(budget: 1000) {
                $0.subscription = Subscription(allowance: NanoUSD(nanos: 1000), period: .day)
            })
        #expect(try await spend(bench, key) == nil)
        let afterFirst = try #require(bench.ledger.key(key.keyID))
        #expect(afterFirst.drawn == NanoUSD(nanos: 800) && afterFirst.spent == .zero)
        #expect(try await spend(bench, key) == nil)
        let afterSecond = try #require(bench.ledger.key(key.keyID))
        #expect(afterSecond.drawn == NanoUSD(nanos: 800) && afterSecond.spent == NanoUSD(nanos: 800))
        #expect(try await spend(bench, key) != nil)
        advance(bench, to: Period.day.next(after: bench.time.now().day).start)
        #expect(try await spend(bench, key) == nil)
        #expect(bench.ledger.key(key.keyID)?.drawn == NanoUSD(nanos: 1600))
    }

    @Test func `a key that is moved to the account's balance gives its budget back and goes on`() async throws {
        let bench = try await Bench(deposit: 5000)
        let key = try await bench.key(order(budget: 4000) { _ in })
        #expect(try await spend(bench, key) == nil)
        var change = KeyChange()
        change.drawsOnAccount = true
        _ = try await bench.admission.accounts.changeKey(key.keyID, change, by: .test)
        #expect(bench.ledger.account(bench.account.id)?.available == NanoUSD(nanos: 4200))
        #expect(try await spend(bench, key) == nil)
        let record = try #require(bench.ledger.key(key.keyID))
        #expect(record.drawn == NanoUSD(nanos: 800) && record.allSpent == NanoUSD(nanos: 1600))
    }

    // MARK: Secrets

    @Test func `a rotated secret goes on for its grace alone`() async throws {
        let bench = try await Bench()
        let issued = try await bench.admission.accounts.createKey(of: bench.account.id, order { _ in }, by: .test)
        let second = try await bench.admission.accounts.replaceSecret(
            of: issued.record, oldValidUntil: bench.time.now().advanced(by: .seconds(60)), by: .test)
        #expect(bench.principal(of: issued.secret)?.keyID == bench.principal(of: second.secret)?.keyID)
        bench.time.advance(milliseconds: 59_999)
        #expect(bench.principal(of: issued.secret) != nil)
        bench.time.advance(milliseconds: 1)
        #expect(bench.principal(of: issued.secret) == nil && bench.principal(of: second.secret) != nil)
    }

    @Test func `a web token lasts for its time, also over a restart`() async throws {
        let bench = try await Bench()
        let minted = try await bench.admission.accounts.mintWebToken(
            of: bench.account.id, webKey: nil, lasting: .seconds(60), by: .test)
        let principal = try #require(bench.principal(of: minted.token))
        #expect(principal.kind == .webTokens)
        #expect(try await spend(bench, principal) == nil)
        let again = try await restarted(bench)
        func isKnown() -> Bool { again.requests.authenticate(minted.token.revealed.utf8) != nil }
        #expect(isKnown())
        bench.time.advance(milliseconds: 60_000)
        #expect(!isKnown() && bench.principal(of: minted.token) == nil)
    }

    @Test func `a management key is known until it expires or is deleted`() async throws {
        let bench = try await Bench()
        func make(until end: Timestamp?) async throws -> IssuedManagementKey {
            try await bench.admission.accounts.createManagementKey(
                of: bench.account.id, label: "", scope: .readOnly, expiresAt: end, by: .test)
        }
        let short = try await make(until: bench.time.now().advanced(by: .seconds(10)))
        let long = try await make(until: nil)
        func isKnown(_ key: IssuedManagementKey) -> Bool {
            if case .management = bench.admission.requests.authenticate(key.secret.revealed.utf8) {
                true
            } else {
                false
            }
        }
        #expect(isKnown(short) && isKnown(long))
        bench.time.advance(milliseconds: 10_000)
        #expect(!isKnown(short) && isKnown(long))
        try await bench.admission.accounts.deleteManagementKey(long.record.id, by: .test)
        #expect(!isKnown(long))
    }
}
