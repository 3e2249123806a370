import Accounts
import Foundation
import GRDB
import Ledger
import Logging
import Money
import SQLiteStorage
import Synchronization
import Testing

@Suite struct ClosingTests {
    @Test func `a second gateway cannot open a ledger until the first has closed it`() async throws {
        let file = try TemporaryLedger()
        let first = try file.open()
        #expect(throws: LedgerFileError.self) { try file.open() }
        await first.close()
        await (try file.open()).close()
    }

    @Test func `closing writes what is enqueued, and calls every completion in order`() async throws {
        let file = try TemporaryLedger()
        let ledger = try file.open()
        var commands = Commands(seed: 31)
        let (account, _) = try await ledger.openAccount(&commands, deposit: 1_000_000)
        let key = try await ledger.createKey(&commands, account, budget: 1_000_000)
        let order = Mutex<[Int]>([])
        // More than fit one batch.
        for index in 0..<1000 {
            let hold = commands.hold(key, 50)
            ledger.enqueue(RequestCommand.hold(hold)) { _ in order.withLock { $0.append(2 * index) } }
            ledger.enqueue(RequestCommand.settle(commands.settlement(hold, cost: 7))) { _ in
                order.withLock { $0.append(2 * index + 1) }
            }
        }
        await ledger.close()
        #expect(order.withLock { $0 } == Array(0..<2000))
        let second = try file.open()
        #expect(try await second.key(key.id)?.spent == NanoUSD(nanos: 7000))
        await second.close()
        #expect(try await LedgerVerification.verify(path: file.path).breaks == [])
    }

    @Test func `a closed ledger refuses commands instead of keeping them`() async throws {
        let file = try TemporaryLedger()
        let ledger = try file.open()
        var commands = Commands(seed: 32)
        let (account, _) = try await ledger.openAccount(&commands, deposit: 1000)
        await ledger.close()
        await #expect(throws: LedgerFailure.unavailable("ledger is closed")) {
            try await ledger.apply(CreateKey(accountID: account.id, key: commands.newKey(), at: commands.now))
        }
        await ledger.settled()
    }

    @Test func `a database of a later version is not touched`() async throws {
        let file = try TemporaryLedger()
        await (try file.open()).close()
        try await DatabaseQueue(path: file.path).write { db in
            try db.execute(sql: "INSERT INTO grdb_migrations VALUES ('9999_later')")
        }
        #expect(throws: SQLiteLedgerError.self) { try file.open() }
    }

    @Test func `a crash at any moment loses nothing that was reported durable`() async throws {
        let file = try TemporaryLedger()
        let ledger = try file.open()
        var commands = Commands(seed: 33)
        let (account, _) = try await ledger.openAccount(&commands, deposit: 1_000_000_000)
        let key = try await ledger.createKey(&commands, account, budget: 100_000_000)
        let settled = Mutex<Int64>(0)
        for round in 0..<5 {
            for _ in 0..<300 {
                let hold = commands.hold(key, 50)
                ledger.enqueue(RequestCommand.hold(hold)) { _ in }
                ledger.enqueue(RequestCommand.settle(commands.settlement(hold, cost: 7))) { outcome in
                    if case .success = outcome { settled.withLock { $0 += 1 } }
                }
            }
            let copy = file.folder.appendingPathComponent("crash-\(round).sqlite").path
            let reported = try await file.copyAsCrashWould(to: copy, counting: settled)
            let reopened = try SQLiteLedger(path: copy, logger: .init(label: "copy"))
            let rows = try await reopened.key(key.id)?.rows ?? 0
            #expect(rows >= reported)
            await reopened.close()
            #expect(try await LedgerVerification.verify(path: copy).breaks == [])
        }
        await ledger.close()
    }
}

extension TemporaryLedger {
    /// Copies the database and its log while it is written; returns the number of settlements reported durable before.
    ///
    /// A reader pins its snapshot, so that the log is not restarted between the two copies, as it would not be in a crash.
    fileprivate func copyAsCrashWould(to copy: String, counting settled: borrowing Mutex<Int64>) async throws -> Int64 {
        let reported = settled.withLock { $0 }
        var configuration = Configuration()
        configuration.readonly = true
        let path = path
        try await DatabaseQueue(path: path, configuration: configuration).read { db in
            _ = try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM accounts")
            try FileManager.default.copyItem(atPath: path, toPath: copy)
            try FileManager.default.copyItem(atPath: path + "-wal", toPath: copy + "-wal")
        }
        return reported
    }
}
