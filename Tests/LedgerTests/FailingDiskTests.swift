import Accounts
import GRDB
import Ledger
import Money
import Synchronization
import Testing
import Timekeeping

@testable import SQLiteStorage

@Suite struct FailingDiskTests {
    private let file: TemporaryLedger
    private let ledger: SQLiteLedger
    private var commands = Commands(seed: 21)
    private let account: AccountRecord
    private let key: KeyRecord

    init() async throws {
        file = try TemporaryLedger()
        ledger = try file.open()
        (account, _) = try await ledger.openAccount(&commands, deposit: 1_000_000)
        key = try await ledger.createKey(&commands, account, budget: 10_000)
    }

    /// Makes every write fail (SQLITE_READONLY), or work again.
    private func setFailing(_ isFailing: Bool) async throws {
        try await ledger.pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA query_only = \(isFailing)") }
    }

    private func waitUntilWritable() async throws -> Bool {
        for _ in 0..<100 where !ledger.isWritable { try await Task.sleep(for: .milliseconds(50)) }
        return ledger.isWritable
    }

    private mutating func deposit(reference: String) -> EnterDeposit {
        EnterDeposit(
            publicID: commands.id(), accountID: account.id, amount: NanoUSD(nanos: 5), status: .completed,
            reference: reference, at: commands.now)
    }

    @Test mutating func `a settlement waits for the disk, everything else fails`() async throws {
        let hold = commands.hold(key, 100)
        try await ledger.apply(.hold(hold))
        try await setFailing(true)
        async let settled = ledger.apply(.settle(commands.settlement(hold, cost: 70)))
        let others = await ledger.outcomes(of: [.hold(commands.hold(key, 1)), .manage(deposit(reference: "a"))])
        for outcome in others {
            guard case .failure(.unavailable) = outcome else {
                Issue.record("\(outcome)")
                continue
            }
        }
        #expect(others.count == 2 && !ledger.isWritable)
        try await setFailing(false)
        #expect(try await settled == RequestReceipt())
        #expect(ledger.isWritable)
        let record = try #require(try await ledger.key(key.id))
        #expect(record.spent == NanoUSD(nanos: 70) && record.held == .zero && record.rows == 1)
        await ledger.close()
        #expect(try await LedgerVerification.verify(path: file.path).breaks == [])
    }

    /// Limits the file to its size, or removes the limit.
    private func setFull(_ isFull: Bool) async throws {
        try await ledger.pool.writeWithoutTransaction { db in
            let pages = isFull ? try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0 : 1_000_000
            try db.execute(sql: "PRAGMA max_page_count = \(pages)")
        }
    }

    /// Makes a hold that needs new pages.
    private mutating func largeHold() -> Hold {
        var hold = commands.hold(key, 100)
        hold.model = String(repeating: "m", count: 100_000)
        return hold
    }

    @Test mutating func `a full disk refuses commands that need space, and recovers by itself`() async throws {
        let hold = largeHold()
        try await setFull(true)
        guard case .failure(.unavailable(let reason)) = await ledger.outcomes(of: [.hold(hold)])[0] else {
            Issue.record("written without space")
            return
        }
        #expect(reason.contains("full"))
        try await setFull(false)
        #expect(try await waitUntilWritable())
        #expect(try await ledger.apply(.hold(hold)) == RequestReceipt())
        await ledger.close()
    }

    @Test mutating func `a command that writes nothing does not make a full disk writable`() async throws {
        let again = deposit(reference: "once")
        try await ledger.apply(again)
        let hold = largeHold()
        try await setFull(true)
        let ledger = ledger
        let (outcome, isWritable): (Result<DepositReceipt, LedgerFailure>, Bool) = await withCheckedContinuation {
            continuation in
            ledger.enqueue(RequestCommand.hold(hold)) { _ in
                // On the writer's thread, so that it is enqueued before the disk is probed.
                ledger.enqueue(again) { continuation.resume(returning: ($0, ledger.isWritable)) }
            }
        }
        guard case .success(let receipt) = outcome, receipt.credited == .zero else {
            Issue.record("\(outcome)")
            return
        }
        #expect(!isWritable)
        await ledger.close()
    }

    @Test mutating func `a row that cannot be read fails alone, not as a failing disk`() async throws {
        let other = try await ledger.createKey(&commands, account, budget: 10)
        try await DatabaseQueue(path: file.path).write { db in
            // Larger than the maximum multiplier, which the schema does not check.
            try db.execute(
                sql: "UPDATE keys SET multiplier_numerator = 2000000 WHERE id = ?", arguments: [other.id.rawValue])
        }
        let change = ChangeKey(other.id, KeyChange(label: "new"), at: commands.now)
        let outcomes = await ledger.outcomes(of: [
            .hold(commands.hold(key, 1)), .manage(change), .hold(commands.hold(key, 2)),
        ])
        #expect(outcomes.first == .success(.request) && outcomes.last == .success(.request))
        guard case .failure(.refused) = outcomes[1] else {
            Issue.record("\(outcomes[1])")
            return
        }
        #expect(ledger.isWritable)
        await ledger.close()
    }

    @Test mutating func `closing on a failing disk fails every command, and leaves the hold to the next start`()
        async throws
    {
        let hold = commands.hold(key, 100)
        try await ledger.apply(.hold(hold))
        try await setFailing(true)
        let settlement = commands.settlement(hold, cost: 70)
        let outcome = Mutex<Result<RequestReceipt, LedgerFailure>?>(nil)
        ledger.enqueue(RequestCommand.settle(settlement)) { result in outcome.withLock { $0 = result } }
        await ledger.close()
        #expect(outcome.withLock { $0 } == .failure(.unavailable("ledger is closed")))
        let second = try file.open()
        #expect(try await second.contents(usageFrom: Day(number: 0)).holds == [hold])
        #expect(try await second.apply(.settle(settlement)) == RequestReceipt())
        await second.close()
    }
}
