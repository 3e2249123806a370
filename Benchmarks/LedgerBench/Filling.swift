import Accounts
import Foundation
import GRDB
import Ledger
import Metering
import Money
import SQLiteStorage
import Timekeeping

/// Fills a ledger with rows of half a year: a tenth of them of one client key, half of the keys of the largest account, the
/// rest of all other keys. Each key uses three models. The filled ledger passes `tollgate ledger verify`.
struct Filling {
    let path: String
    private let heavy: KeyRecord
    private let largest: [KeyRecord]
    private let others: [KeyRecord]

    /// Rows of one transaction.
    private static let chunk = 250_000
    private static let models: Int64 = 5
    private static let modelsPerKey: Int64 = 3

    /// Plans to fill a ledger whose accounts and keys were made by the gateway or the ledger itself: the first account
    /// has one client key, the others have more.
    init?(path: String, keys: [KeyRecord]) {
        self.path = path
        let byAccount = Dictionary(grouping: keys.filter { $0.kind == .client }, by: \.accountID)
        guard let single = byAccount.values.first(where: { $0.count == 1 }), let heavy = single.first,
            let largest = byAccount.values.max(by: { $0.count < $1.count })
        else { return nil }
        let others = byAccount.values.filter { $0.count > 1 && $0.first?.accountID != largest.first?.accountID }
            .flatMap { $0 }.sorted { $0.id.rawValue < $1.id.rawValue }
        guard largest.count > 1, !others.isEmpty else { return nil }
        self.heavy = heavy
        self.largest = largest.sorted { $0.id.rawValue < $1.id.rawValue }
        self.others = others
    }

    /// Inserts rows directly into the database, for speed: the newest begins at `end`, the first half a year before.
    func fill(rows: Int, until end: Timestamp) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(60)
        let database = try DatabaseQueue(path: path, configuration: configuration)
        let spacing = 182 * 86_400_000 / Int64(rows)
        var places: [Int64: Int64] = [:]
        try database.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA synchronous = OFF; PRAGMA cache_size = -400000;")
            for model in 0..<Self.models {
                try db.execute(sql: "INSERT INTO models (name) VALUES (?)", arguments: ["model-\(model)"])
            }
            let firstModel = try Int64.fetchOne(db, sql: "SELECT id FROM models WHERE name = 'model-0'") ?? 1
            var next = 0
            while next < rows {
                try db.inTransaction {
                    for number in next..<min(rows, next + Self.chunk) {
                        let startedAt = Timestamp(milliseconds: end.milliseconds - Int64(rows - number) * spacing)
                        try writeRow(key(of: number), startedAt, firstModel, &places, db)
                    }
                    return .commit
                }
                next += Self.chunk
            }
            try db.inTransaction {
                try sumUp(db, before: end.day.firstOfWeek.number)
                return .commit
            }
        }
        try database.close()
    }

    private func key(of number: Int) -> KeyRecord {
        switch number % 10 {
        case 0: heavy
        case let place where place <= 5: largest[(number / 10 * 5 + place - 1) % largest.count]
        case let place: others[(number / 10 * 4 + place - 6) % others.count]
        }
    }

    /// - Parameter places: Number of rows of each key, by its identifier, and of each account, by its negated identifier.
    private func writeRow(
        _ key: KeyRecord, _ startedAt: Timestamp, _ firstModel: Int64, _ places: inout [Int64: Int64], _ db: Database
    ) throws {
        places[key.id.rawValue, default: 0] += 1
        places[-key.accountID.rawValue, default: 0] += 1
        let place = places[key.id.rawValue] ?? 1
        let id = UUIDv7(time: startedAt)
        let bytes = withUnsafeBytes(of: (id.high.bigEndian, id.low.bigEndian)) { Data($0) }
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO requests (request_id, account_id, key_id, account_sequence, key_sequence, model_id, endpoint,
                    input_tokens, output_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens,
                    usage_source, cost_nano_usd, overrun_nano_usd, shown_cost_nano_usd, price_version,
                    multiplier_numerator, multiplier_denominator, duration_ms, first_byte_ms, http_status, started_at_ms)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?, 0, ?, 1, 1, 1, 900, 300, 200, ?)
                """)
        try statement.execute(arguments: [
            bytes, key.accountID.rawValue, key.id.rawValue, places[-key.accountID.rawValue], place,
            firstModel + (key.id.rawValue + place % Self.modelsPerKey) % Self.models,
            Metering.Operation.chatCompletions.rawValue, LoadMaker.usage.input, LoadMaker.usage.output,
            LoadMaker.usage.cacheRead, UsageSource.reported.rawValue, LoadMaker.cost.nanos, LoadMaker.cost.nanos,
            startedAt.milliseconds,
        ])
    }

    private func sumUp(_ db: Database, before monday: Int64) throws {
        let cost = LoadMaker.cost.nanos
        try db.execute(
            sql: """
                UPDATE keys SET spent_nano_usd = n * ?1, shown_spent_nano_usd = shown, row_count = n,
                    input_tokens = n * ?2, output_tokens = n * ?3
                FROM (
                    SELECT key_id, COUNT(*) AS n, SUM(shown_cost_nano_usd) AS shown FROM requests GROUP BY key_id
                ) WHERE id = key_id
                """, arguments: [cost, LoadMaker.usage.allInput, LoadMaker.usage.output])
        try db.execute(
            sql: """
                UPDATE accounts SET spent_by_clients_nano_usd = n * ?1, row_count = n FROM
                    (SELECT account_id, COUNT(*) AS n FROM requests GROUP BY account_id) WHERE id = account_id
                """, arguments: [cost])
        try db.execute(
            sql: """
                INSERT INTO usage_by_key_day (key_id, day, model_id, requests, input_tokens, output_tokens,
                    cost_nano_usd, shown_cost_nano_usd, allowance_nano_usd, first_sequence, last_sequence)
                SELECT key_id, started_at_ms / 86400000, model_id, COUNT(*),
                    SUM(input_tokens + cache_read_tokens), SUM(output_tokens), SUM(cost_nano_usd),
                    SUM(shown_cost_nano_usd), 0, MIN(key_sequence), MAX(key_sequence) FROM requests GROUP BY 1, 2, 3
                """)
        try db.execute(
            sql: """
                INSERT INTO usage_by_key_week (key_id, first_day, model_id, requests, input_tokens, output_tokens,
                    cost_nano_usd, shown_cost_nano_usd)
                SELECT key_id, day - (day + 3) % 7, model_id, SUM(requests),
                    SUM(input_tokens), SUM(output_tokens), SUM(cost_nano_usd), SUM(shown_cost_nano_usd)
                FROM usage_by_key_day WHERE day < ?1 GROUP BY 1, 2, 3
                """, arguments: [monday])
        try db.execute(sql: "UPDATE keys SET summed_until_day = ?", arguments: [monday])
        try db.execute(
            sql: """
                INSERT INTO usage_by_model_hour (account_id, hour, model_id, requests, input_tokens, output_tokens,
                    cost_nano_usd, first_sequence, last_sequence)
                SELECT account_id, started_at_ms / 3600000, model_id, COUNT(*),
                    SUM(input_tokens + cache_read_tokens), SUM(output_tokens), SUM(cost_nano_usd),
                    MIN(account_sequence), MAX(account_sequence) FROM requests GROUP BY 1, 2, 3
                """)
    }
}

/// Creates the accounts of a benchmark: ten, of which one has one client key, one a thousand, the rest a hundred.
struct KeyMaker {
    let ledger: SQLiteLedger

    private static let budget = NanoUSD(dollars: 9000)

    func makeKeys() async throws {
        for keys in [1, 1000] + Array(repeating: 100, count: 8) {
            let account = try await openAccount()
            for _ in 0..<keys {
                var key = newKey()
                key.budget = Self.budget
                _ = try await ledger.apply(CreateKey(accountID: account.id, key: key, at: LoadMaker.start))
            }
        }
    }

    private func openAccount() async throws -> AccountRecord {
        let account = try await ledger.apply(
            OpenAccount(publicID: id(), name: "bench", key: newKey(.account), at: LoadMaker.start)
        ).account
        _ = try await ledger.apply(
            EnterDeposit(
                publicID: id(), accountID: account.id, amount: NanoUSD(dollars: 9_500_000), status: .completed,
                reference: nil, at: LoadMaker.start))
        return account
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
