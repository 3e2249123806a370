import Accounts
import GRDB
import Ledger
import Timekeeping

extension SQLiteLedger: UsageReader {
    public func keyUsage(_ id: KeyID, today: Day) async throws -> KeyUsage? {
        try await pool.read { db in
            guard let key = try db.keys("WHERE id = ?", [id.rawValue]).first else { return nil }
            let usage = UsageQueries(db: db)
            return KeyUsage(
                key: key, today: try usage.sum(of: id, from: today),
                week: try usage.sum(of: id, from: today.firstOfWeek),
                month: try usage.sum(of: id, from: today.firstOfMonth), total: try usage.sum(of: id))
        }
    }

    public func usage(ofKey id: KeyID, from start: Day?, before end: Day?) async throws -> UsageSum {
        try await pool.read { try UsageQueries(db: $0).sum(of: id, from: start, before: end) }
    }

    public func usageByModel(ofKey id: KeyID, from day: Day) async throws -> [UsagePoint] {
        try await pool.read { try UsageQueries(db: $0).byModel(of: id, from: day) }
    }

    public func usageByModel(
        of account: AccountID, from start: Timestamp?, model: String?, in step: UsageStep
    ) async throws -> [UsagePoint] {
        try await pool.read { try UsageQueries(db: $0).byModel(of: account, from: start, model: model, in: step) }
    }

    public func clientUsageByModel(of account: AccountID, from day: Day) async throws -> [UsagePoint] {
        try await pool.read { try UsageQueries(db: $0).byModelOfClients(of: account, from: day) }
    }

    public func clientUsageByModel(of account: AccountID, since moment: Timestamp) async throws -> [UsagePoint] {
        try await pool.read { try UsageQueries(db: $0).byModelOfClients(of: account, since: moment) }
    }

    public func usageByKey(of account: AccountID, from day: Day?, model: String?) async throws -> [KeyID: UsageSum] {
        try await pool.read { try UsageQueries(db: $0).byKey(of: account, from: day, model: model) }
    }

    public func usageByKey(
        of account: AccountID, since moment: Timestamp, model: String?
    ) async throws -> [KeyID: UsageSum] {
        try await pool.read { try UsageQueries(db: $0).byKey(of: account, since: moment, model: model) }
    }
}
