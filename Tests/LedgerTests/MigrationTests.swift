import Accounts
import Foundation
import GRDB
import Ledger
import Migrations
import Money
import SQLiteStorage
import Testing
import Timekeeping

/// A database with rows of an earlier version, opened by this one.
@Suite struct MigrationTests {
    private static let day: Int64 = 86_400_000

    /// Creates a database with the migrations until 0002: an account with its own key (2 requests of 100, 70 held) and a client key that
    /// shows three times its cost (6 requests of 50 on two days with two models, 40 held).
    private func makeDatabase(_ path: String) throws {
        let database = try DatabaseQueue(path: path)
        var migrator = DatabaseMigrator()
        for migration in Migrations.all.prefix(2) {
            migrator.registerMigration(migration.name) { try $0.execute(sql: migration.sql) }
        }
        try migrator.migrate(database)
        try database.write { db in
            try db.execute(
                sql: """
                    INSERT INTO accounts (id, public_id, name, deposited_nano_usd, allocated_nano_usd, spent_nano_usd,
                        held_nano_usd, spent_by_clients_nano_usd, row_count, created_at_ms)
                    VALUES (1, zeroblob(16), 'reseller', 5000, 1000, 200, 70, 300, 8, 5);
                    INSERT INTO keys (id, public_id, account_id, kind, digest, sealed_secret, display_id, label,
                        requests_per_minute, concurrent_requests, multiplier_numerator, multiplier_denominator,
                        budget_nano_usd, spent_nano_usd, held_nano_usd, shown_spent_nano_usd, row_count, created_at_ms)
                    VALUES (1, zeroblob(16), 1, 1, zeroblob(32), x'01', 'sk-tga-1', '', 60, 5, 1, 1, 0, 200, 70, 200, 2, 5),
                        (2, randomblob(16), 1, 2, randomblob(32), x'02', 'sk-tg-2', 'c', 60, 5, 3, 1, 1000, 300, 40, 900, 6, 5);
                    INSERT INTO deposits VALUES (1, zeroblob(16), 1, 5000, 1, NULL, 5, 5);
                    INSERT INTO postings VALUES (1, 1, 1, NULL, 1, 5000, 5), (2, 2, 1, 2, NULL, 1000, 5);
                    INSERT INTO models VALUES (1, 'one'), (2, 'two');
                    INSERT INTO holds VALUES (randomblob(16), 1, 1, 70, 7, 1, 1, 1, 1, 1, 5, 1000000),
                        (randomblob(16), 1, 2, 40, 4, 1, 1, 1, 3, 1, 5, 1000000);
                    """)
            for number in 1...8 as ClosedRange<Int64> {
                let isOwn = number > 6
                try db.execute(
                    sql: """
                        INSERT INTO requests VALUES (NULL, randomblob(16), 1, ?, ?, ?, ?, 1, 10, 20, 3, 2, 1, 1, ?, 0, ?,
                            NULL, 1, ?, 1, 9, 9, 200, ?, 1000000, 0, 1, 0)
                        """,
                    arguments: [
                        isOwn ? 1 : 2, number, isOwn ? number - 6 : number, number % 2 + 1, isOwn ? 100 : 50,
                        isOwn ? 100 : 150, isOwn ? 1 : 3, 20_000 * Self.day + number / 4 * Self.day + number,
                    ])
            }
            try db.execute(
                sql: """
                    INSERT INTO usage_by_key_day SELECT key_id, started_at_ms / 86400000, COUNT(*), 16 * COUNT(*),
                        20 * COUNT(*), SUM(cost_nano_usd), SUM(shown_cost_nano_usd) FROM requests GROUP BY 1, 2;
                    INSERT INTO usage_by_model_hour SELECT account_id, started_at_ms / 3600000, model_id, COUNT(*),
                        16 * COUNT(*), 20 * COUNT(*), SUM(cost_nano_usd) FROM requests GROUP BY 1, 2, 3;
                    """)
        }
        try database.close()
    }

    @Test func `rows, balances and sums of an earlier version are taken over`() async throws {
        let file = try TemporaryLedger()
        try makeDatabase(file.path)
        let ledger = try file.open()
        let account = try #require(try await ledger.accounts().first)
        #expect(account.balance == NanoUSD(nanos: 4500) && account.held == NanoUSD(nanos: 70))
        let own = try #require(try await ledger.ownKey(of: account.id))
        #expect(own.drawsOnAccount && own.drawn == NanoUSD(nanos: 200) && own.drawnHeld == NanoUSD(nanos: 70))
        #expect(own.spent == .zero && own.held == .zero)
        let client = try #require(try await ledger.clientKeys(of: account.id).first)
        #expect(!client.drawsOnAccount && client.spent == NanoUSD(nanos: 300) && client.held == NanoUSD(nanos: 40))
        #expect(client.rules == KeyRules())
        let contents = try await ledger.contents(usageFrom: Day(number: 0))
        #expect(Set(contents.holds.map(\.payer)) == [.account, .budget])

        let usage = try #require(try await ledger.keyUsage(client.id, today: Day(number: 20_001)))
        #expect(usage.total.requests == 6 && usage.total.inputTokens == 96 && usage.total.outputTokens == 120)
        #expect(usage.today.requests == 3 && usage.total.shownCost == NanoUSD(nanos: 900))
        let byKey = try await ledger.usageByKey(of: account.id, from: Day(number: 20_000), model: "one")
        #expect(byKey[client.id]?.requests == 3 && byKey[own.id]?.requests == 1)
        let slice = try await ledger.rows(
            of: .account(account.id), matching: RowFilter(model: "two"), before: nil, atMost: 10)
        #expect(slice.rows.count == 4)
        await ledger.close()
        #expect(try await LedgerVerification.verify(path: file.path).breaks == [])
    }

    /// 0005 rebuilds both tables: rows are kept, and the audit log stays append-only.
    @Test func `deposits and the audit log of an earlier version are taken over`() async throws {
        let file = try TemporaryLedger()
        try makeDatabase(file.path)
        let database = try DatabaseQueue(path: file.path)
        var migrator = DatabaseMigrator()
        for migration in Migrations.all.prefix(4) {
            migrator.registerMigration(migration.name) { try $0.execute(sql: migration.sql) }
        }
        try migrator.migrate(database)
        try await database.write { db in
            try db.execute(
                sql: """
                    INSERT INTO deposits VALUES (2, randomblob(16), 1, 70, 0, 'later', 6, NULL);
                    INSERT INTO audit VALUES (7, 8, 2, 'sk-tga-1', '::1', 1, 'POST /x', NULL, '{}');
                    """)
        }
        try database.close()
        let ledger = try file.open()
        let deposits = try await ledger.deposits(of: nil)
        #expect(deposits.map(\.reference) == ["later", nil] && deposits.map(\.status) == [.pending, .completed])
        let line = try #require(try await ledger.audit(of: nil, before: nil, atMost: 9).first)
        #expect(line.id == 7 && line.actor.role == .account && line.actor.address == "::1")
        await ledger.close()
        let changed = try DatabaseQueue(path: file.path)
        for sql in ["UPDATE audit SET changes = ''", "DELETE FROM audit"] {
            #expect(throws: DatabaseError.self) { try changed.write { try $0.execute(sql: sql) } }
        }
        #expect(try await LedgerVerification.verify(path: file.path).breaks == [])
    }
}
