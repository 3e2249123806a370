import Accounts
import Ledger
import Money
import SQLiteStorage
import TestSupport
import Testing
import Timekeeping

/// The real ledger does what the model does, whatever commands happen to share a batch.
@Suite struct DifferentialTests {
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `both ledgers agree on every receipt, balance, page and sum`(seed: UInt64) async throws {
        let file = try TemporaryLedger()
        let real = try file.open()
        let model = InMemoryLedger()
        var script = RandomScript(seed: seed)
        var lengths = SeededGenerator(state: seed)
        for _ in 0..<100 {
            var burst: [LedgerCommand] = []
            var expected: [LedgerOutcome] = []
            for _ in 0..<Int.random(in: 1...40, using: &lengths) {
                let command = script.next()
                let outcome = await model.outcomes(of: [command])
                if case .success(let receipt) = outcome.first { script.learn(receipt) }
                burst.append(command)
                expected += outcome
            }
            // Enqueued at once, so that they are written in batches.
            let found = await real.outcomes(of: burst)
            for (index, command) in burst.enumerated() where found[index].kind != expected[index].kind {
                Issue.record("\(command): model \(expected[index]), ledger \(found[index])")
            }
            try await expectEqualContents(model, real)
        }
        for key in script.keys { try await expectEqualReports(model, real, key.id, script.now.day) }
        for account in script.accounts { try await expectEqualLists(model, real, account) }
        await real.close()
        #expect(try await LedgerVerification.verify(path: file.path).breaks == [])
    }

    private func expectEqualContents(_ model: InMemoryLedger, _ real: SQLiteLedger) async throws {
        let expected = await model.contents()
        let found = try await real.contents()
        #expect(expected.accounts == found.accounts && expected.keys == found.keys)
        #expect(Set(expected.holds) == Set(found.holds))
    }

    private func expectEqualReports(
        _ model: InMemoryLedger, _ real: SQLiteLedger, _ key: KeyID, _ today: Day
    ) async throws {
        #expect(try await real.key(key) == model.key(key))
        for day in [today, Day(number: today.number - 10)] {
            #expect(try await real.keyUsage(key, today: day) == model.keyUsage(key, today: day))
        }
        for page in [Page(number: 1, size: 10_000), Page(number: 2, size: 3), Page(number: 900, size: 100)] {
            #expect(try await real.rows(ofKey: key, page: page) == model.rows(ofKey: key, page: page))
        }
    }

    private func expectEqualLists(
        _ model: InMemoryLedger, _ real: SQLiteLedger, _ account: AccountRecord
    ) async throws {
        #expect(try await real.account(publicID: account.publicID) == model.account(account.id))
        for name in (1...9).map({ "n\($0)" }) {
            #expect(
                try await real.answer(caller: account.id, name: name) == model.answer(caller: account.id, name: name))
        }
        #expect(try await real.clientKeys(of: account.id) == model.clientKeys(of: account.id))
        #expect(try await real.ownKey(of: account.id) == model.ownKey(of: account.id))
        #expect(try await real.deposits(of: account.id) == model.deposits(of: account.id))
        for page in [Page(number: 1, size: 20), Page(number: 3, size: 7), Page(number: 900, size: 100)] {
            #expect(
                try await real.rows(ofAccount: account.id, page: page) == model.rows(ofAccount: account.id, page: page))
        }
    }
}

extension LedgerOutcome {
    /// What must be the same: the receipt, or the sort of failure (its text is each ledger's own).
    fileprivate var kind: LedgerOutcome {
        switch self {
        case .failure(.notFound): .failure(.notFound(""))
        case .failure(.refused): .failure(.refused(""))
        default: self
        }
    }
}
