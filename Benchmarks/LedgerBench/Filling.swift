import Accounts
import Foundation
import GRDB
import Ledger
import Metering
import Money
import SQLiteStorage
import Timekeeping

/// Fills a ledger with rows as if it had been used for months: ten accounts, 901 client keys, of which one has a tenth of
/// all rows. What comes of it passes `tollgate ledger verify`.
struct Filling {
    let ledger: SQLiteLedger
    let path: String

    /// Rows of one transaction.
    private static let chunk = 250_000
    private static let accounts = 10
    private static let keysPerAccount = 100
    /// Between two rows, so that ten million of them last for half a year.
    private static let spacing: Int64 = 1500

    func fill(rows: Int) async throws {
        var keyOf: [Int: KeyRecord] = [:]
        for number in 0..<Self.accounts {
            let account = try await openAccount(number)
            for slot in 0..<(number == 0 ? 1 : Self.keysPerAccount) {
                keyOf[slot * 10 + number] = try await createKey(account, slot)
            }
        }
        // Accounts and models are made by the ledger itself; the rows behind its back, for speed.
        try await writeRows(rows, keyOf)
        try await sumUp()
    }

    private func writeRows(_ rows: Int, _ keyOf: [Int: KeyRecord]) async throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(60)
        let database = try DatabaseQueue(path: path, configuration: configuration)
        try await database.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA synchronous = OFF; PRAGMA cache_size = -400000;")
            try db.execute(
                sql: "INSERT INTO models (name) VALUES ('model-0'), ('model-1'), ('model-2'), ('model-3'), ('model-4')")
            var next = 0
            while next < rows {
                try db.inTransaction {
                    for number in next..<min(rows, next + Self.chunk) { try writeRow(number, keyOf, db) }
                    return .commit
                }
                next += Self.chunk
            }
        }
        try database.close()
    }

    private func writeRow(_ number: Int, _ keyOf: [Int: KeyRecord], _ db: Database) throws {
        let isHeavy = number % 10 == 0
        let place = isHeavy ? 0 : number % 1000
        guard let key = keyOf[place] else { return }
        let startedAt = Timestamp(
            milliseconds: LoadMaker.start.milliseconds - Int64(10_000_000 - number) * Self.spacing)
        let statement = try db.cachedStatement(
            sql: "INSERT INTO requests VALUES (NULL" + String(repeating: ", ?", count: 29) + ")")
        let id = UUIDv7(time: startedAt)
        let bytes = withUnsafeBytes(of: (id.high.bigEndian, id.low.bigEndian)) { Data($0) }
        try statement.execute(arguments: [
            bytes, key.accountID.rawValue, key.id.rawValue,
            isHeavy ? number / 10 + 1 : number / 1000 * 100 + place / 10 + 1,
            isHeavy ? number / 10 + 1 : number / 1000 + 1, number % 5 + 1, 1, LoadMaker.usage.input,
            LoadMaker.usage.output,
            LoadMaker.usage.cacheRead, 0, 0, 1, LoadMaker.cost.nanos, 0, LoadMaker.cost.nanos, nil, 1, 1, 1, 900, 300,
            200,
            startedAt.milliseconds, 1_000_000, 0, 1, 0, 0,
        ])
    }

    private func sumUp() async throws {
        let database = try DatabaseQueue(path: path)
        try await database.write { db in
            try db.execute(
                sql: """
                    UPDATE keys SET spent_nano_usd = n * ?1, shown_spent_nano_usd = n * ?1, row_count = n FROM
                        (SELECT key_id, COUNT(*) AS n FROM requests GROUP BY key_id) WHERE id = key_id
                    """, arguments: [LoadMaker.cost.nanos])
            try db.execute(
                sql: """
                    UPDATE accounts SET spent_by_clients_nano_usd = n * ?1, row_count = n FROM
                        (SELECT account_id, COUNT(*) AS n FROM requests GROUP BY account_id) WHERE id = account_id
                    """, arguments: [LoadMaker.cost.nanos])
            try db.execute(
                sql: """
                    INSERT INTO usage_by_key_day SELECT key_id, started_at_ms / 86400000, COUNT(*),
                        SUM(input_tokens + cache_read_tokens), SUM(output_tokens), SUM(cost_nano_usd),
                        SUM(shown_cost_nano_usd) FROM requests GROUP BY 1, 2
                    """)
            try db.execute(
                sql: """
                    INSERT INTO usage_by_model_hour SELECT account_id, started_at_ms / 3600000, model_id, COUNT(*),
                        SUM(input_tokens + cache_read_tokens), SUM(output_tokens), SUM(cost_nano_usd)
                    FROM requests GROUP BY 1, 2, 3
                    """)
        }
        try database.close()
    }

    private func openAccount(_ number: Int) async throws -> AccountRecord {
        let receipt = try await ledger.apply(
            .openAccount(publicID: id(), name: "account \(number)", key: newKey(.account), at: LoadMaker.start))
        guard case .account(let account, _) = receipt else { throw CocoaError(.coderInvalidValue) }
        _ = try await ledger.apply(
            .enterDeposit(
                publicID: id(), accountID: account.id, amount: NanoUSD(dollars: 1_000_000), status: .completed,
                reference: nil, at: LoadMaker.start))
        return account
    }

    private func createKey(_ account: AccountRecord, _ slot: Int) async throws -> KeyRecord {
        var key = newKey()
        key.budget = NanoUSD(dollars: 9000)
        let receipt = try await ledger.apply(.createKey(accountID: account.id, key: key, at: LoadMaker.start))
        guard case .key(let record, _) = receipt else { throw CocoaError(.coderInvalidValue) }
        return record
    }

    private func id() -> UUIDv7 { UUIDv7(time: LoadMaker.start) }

    private func newKey(_ kind: KeyKind = .client) -> NewKey {
        let digest = KeyDigest(words: (.random(in: 0 ... .max), .random(in: 0 ... .max), 3, 4))
        return NewKey(
            publicID: id(), kind: kind,
            secret: KeySecret(digest: digest, sealed: [1, 2, 3], displayID: "sk-tg-bench..."),
            label: "bench", limits: KeyLimits(requestsPerMinute: 60, concurrentRequests: 5))
    }
}
