import Accounts
import Foundation
import GRDB
import Ledger
import Logging
import Metering
import Money
import SQLiteStorage
import Synchronization
import Testing
import Timekeeping

@Suite struct SQLiteLedgerTests {
    @Test func `a settled request is charged, counted and listed`() async throws {
        let file = try TemporaryLedger()
        let ledger = try file.open()
        var commands = Commands(seed: 1)
        let (account, _) = try await ledger.openAccount(&commands, deposit: 1000)
        let multiplier = try #require(DisplayMultiplier(numerator: 5, denominator: 3))
        let key = try await ledger.createKey(&commands, account, budget: 600, multiplier: multiplier)
        let hold = commands.hold(key, 100)
        #expect(try await ledger.apply(.hold(hold)) == RequestReceipt())
        #expect(try await ledger.key(key.id)?.held == NanoUSD(nanos: 100))
        #expect(try await ledger.apply(.settle(commands.settlement(hold, cost: 70))) == RequestReceipt())
        let usage = try #require(try await ledger.keyUsage(key.id, today: commands.now.day))
        #expect(usage.key.spent == NanoUSD(nanos: 70) && usage.key.held == .zero)
        #expect(usage.key.shownSpent == NanoUSD(nanos: 116) && usage.key.shownBudget == NanoUSD(nanos: 1000))
        #expect(usage.today == usage.total && usage.total.requests == 1 && usage.total.inputTokens == 82)
        let page = try await ledger.rows(of: .key(key.id), page: Page(number: 1, size: 20))
        #expect(page.total == 1 && page.rows.first?.requestID == hold.requestID)
        #expect(page.rows.first?.usage.cacheWrite1h == 5 && page.rows.first?.upstreamCost == NanoUSD(nanos: 9))
        await ledger.close()
        #expect(try await LedgerVerification.verify(path: file.path).breaks == [])
    }

    @Test func `commits are synced to disk`() async throws {
        let file = try TemporaryLedger()
        let ledger = try file.open()
        let mode = try await ledger.pragmas()
        #expect(mode.journal == "wal" && mode.synchronous == 2)
        await ledger.close()
    }

    @Test func `everything is there again after a restart`() async throws {
        let file = try TemporaryLedger()
        var commands = Commands(seed: 2)
        let first = try file.open()
        let (account, _) = try await first.openAccount(&commands, deposit: 1000)
        let key = try await first.createKey(&commands, account, budget: 600)
        let hold = commands.hold(key, 100)
        _ = try await first.apply(.hold(hold))
        let before = try await first.contents(usageFrom: Day(number: 0))
        await first.close()
        let second = try file.open()
        let after = try await second.contents(usageFrom: Day(number: 0))
        #expect(after.accounts == before.accounts && after.keys == before.keys && after.holds == [hold])
        await second.close()
    }

    @Test func `a command that cannot be applied does not take its batch down`() async throws {
        let file = try TemporaryLedger()
        let ledger = try file.open()
        var commands = Commands(seed: 3)
        let (account, _) = try await ledger.openAccount(&commands, deposit: 1_000_000)
        let key = try await ledger.createKey(&commands, account, budget: 1000)
        let results = Mutex<[Bool]>([])
        for index in 0..<100 {
            // Every tenth asks for more than the budget.
            let hold = commands.hold(key, index % 10 == 9 ? 10_000 : 10)
            ledger.enqueue(RequestCommand.hold(hold)) { result in
                results.withLock { $0.append((try? result.get()) != nil) }
            }
        }
        await ledger.settled()
        #expect(results.withLock { $0 } == (0..<100).map { $0 % 10 != 9 })
        #expect(try await ledger.key(key.id)?.held == NanoUSD(nanos: 900))
        await ledger.close()
        #expect(try await LedgerVerification.verify(path: file.path).breaks == [])
    }

    @Test func `a hold ends exactly once`() async throws {
        let file = try TemporaryLedger()
        let ledger = try file.open()
        var commands = Commands(seed: 4)
        let (account, _) = try await ledger.openAccount(&commands, deposit: 1000)
        let key = try await ledger.createKey(&commands, account, budget: 600)
        let hold = commands.hold(key, 100)
        try await ledger.apply(.hold(hold))
        try await ledger.apply(.settle(commands.settlement(hold, cost: 10)))
        await #expect(throws: LedgerFailure.self) {
            try await ledger.apply(.settle(commands.settlement(hold, cost: 10)))
        }
        #expect(try await ledger.key(key.id)?.spent == NanoUSD(nanos: 10))
        await ledger.close()
    }

    @Test func `requests from many threads add up`() async throws {
        let file = try TemporaryLedger()
        let ledger = try file.open()
        var commands = Commands(seed: 5)
        let (account, _) = try await ledger.openAccount(&commands, deposit: 1_000_000_000)
        var keys: [KeyRecord] = []
        for _ in 0..<4 { keys.append(try await ledger.createKey(&commands, account, budget: 100_000_000)) }
        await withTaskGroup(of: Void.self) { group in
            for (index, key) in keys.enumerated() {
                group.addTask {
                    var commands = Commands(seed: UInt64(100 + index))
                    for _ in 0..<2500 {
                        let hold = commands.hold(key, 50)
                        ledger.enqueue(RequestCommand.hold(hold)) { _ in }
                        ledger.enqueue(RequestCommand.settle(commands.settlement(hold, cost: 7))) { _ in }
                    }
                }
            }
        }
        await ledger.settled()
        for key in keys {
            let record = try await ledger.key(key.id)
            #expect(record?.spent == NanoUSD(nanos: 17_500) && record?.held == .zero && record?.rows == 2500)
        }
        #expect(try await ledger.rows(of: .account(account.id), page: Page(number: 1, size: 1)).total == 10_000)
        let last = try await ledger.rows(of: .key(keys[0].id), page: Page(number: 84, size: 30))
        #expect(last.rows.count == 10 && last.total == 2500)
        await ledger.close()
        #expect(try await LedgerVerification.verify(path: file.path).breaks == [])
    }
}
