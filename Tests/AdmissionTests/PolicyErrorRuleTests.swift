import Accounts
import Ledger
import TestSupport
import Testing
import Timekeeping

@testable import Admission

@Suite struct PolicyErrorRuleTests {
    private func violate(_ bench: Bench, _ key: Principal) async {
        bench.admission.requests.policyWasViolated(by: key, request: UUIDv7(time: bench.time.now()))
        await bench.ledger.settled()
    }

    @Test func `a violation disables the key where the account wants it, with a line in the audit log`() async throws {
        let bench = try await Bench()
        let key = try await bench.key(budget: 10_000)
        let other = try await bench.key(budget: 10_000)
        await violate(bench, key)
        #expect(try bench.spend(key) == nil)
        let account = try await bench.admission.accounts.changeAccount(
            bench.account.id, AccountChange(policyError: .hold), by: .test)
        #expect(account.rules.policyError == .hold && account.rules.shortage == .refuse)
        await violate(bench, key)
        #expect(try bench.spend(key) == .disabled)
        #expect(try bench.spend(other) == nil)
        let line = try #require(bench.ledger.audit(of: nil, before: nil, atMost: 1).first)
        #expect(line.actor.role == .gateway && line.actor.action == "hold key" && line.target == key.publicID)
        #expect(bench.ledger.policyHolds(of: bench.account.id).keys.map(\.self) == [key.keyID])
        // Its owner enables it again.
        var change = KeyChange()
        change.rules.isEnabled = true
        _ = try await bench.admission.accounts.changeKey(key.keyID, change, by: .test)
        #expect(try bench.spend(key) == nil)
        #expect(bench.ledger.policyHolds(of: bench.account.id).isEmpty)
    }

    @Test func `the account key is never disabled, because its owner could not enable it`() async throws {
        let bench = try await Bench()
        _ = try await bench.admission.accounts.changeAccount(
            bench.account.id, AccountChange(policyError: .hold), by: .test)
        let own = try #require(bench.ledger.ownKey(of: bench.account.id))
        await violate(bench, Principal(own))
        #expect(bench.ledger.key(own.id)?.rules.isEnabled == true)
    }

    @Test func `the name of an end user is the key's own and hides it`() async throws {
        let bench = try await Bench()
        let (one, other) = (try await bench.key(budget: 1), try await bench.key(budget: 1))
        let name = try #require(bench.admission.requests.endUser(of: one))
        #expect(name.utf8.count == 32 && name == bench.admission.requests.endUser(of: one))
        #expect(name != bench.admission.requests.endUser(of: other))
    }
}
