import Accounts
import GRDB
import Ledger
import Timekeeping

extension SQLiteLedger: AccountReader {
    public func accounts() async throws -> [AccountRecord] {
        try await pool.read { try $0.accounts("ORDER BY id") }
    }

    public func account(_ id: AccountID) async throws -> AccountRecord? {
        try await pool.read { try $0.accounts("WHERE id = ?", [id.rawValue]).first }
    }

    public func account(publicID: UUIDv7) async throws -> AccountRecord? {
        try await pool.read { try $0.accounts("WHERE public_id = ?", [publicID.data]).first }
    }

    public func overview(of id: AccountID, today: Day) async throws -> AccountOverview? {
        try await pool.read { db in
            guard let account = try db.accounts("WHERE id = ?", [id.rawValue]).first else { return nil }
            return AccountOverview(account: account, keys: try KeyQueries(db: db).overviews(of: id, today: today))
        }
    }

    public func brand(of account: AccountID) async throws -> Brand {
        try await pool.read { db in
            try db.first("SELECT \(Brand.columns) FROM brands WHERE account_id = ?", [account.rawValue])
                .map(Brand.init(row:)) ?? Brand()
        }
    }

    public func alerts(of account: AccountID) async throws -> Alerts {
        try await pool.read { db in
            try db.first("SELECT \(Alerts.columns) FROM alerts WHERE account_id = ?", [account.rawValue])
                .map(Alerts.init(row:)) ?? Alerts()
        }
    }
}
