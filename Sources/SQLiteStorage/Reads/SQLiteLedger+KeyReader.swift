import Accounts
import GRDB
import Ledger
import Timekeeping

extension SQLiteLedger: KeyReader {
    public func key(_ id: KeyID) async throws -> KeyRecord? {
        try await pool.read { try $0.keys("WHERE id = ?", [id.rawValue]).first }
    }

    public func key(publicID: UUIDv7) async throws -> KeyRecord? {
        try await pool.read { try $0.keys("WHERE public_id = ?", [publicID.data]).first }
    }

    public func clientKeys(of account: AccountID) async throws -> [KeyRecord] {
        try await pool.read { db in
            try db.keys(
                "WHERE account_id = ? AND kind = ? AND deleted_at_ms IS NULL ORDER BY id",
                [account.rawValue, KeyKind.client.rawValue])
        }
    }

    public func policyHolds(of account: AccountID) async throws -> [KeyID: Timestamp] {
        try await pool.read { db in
            let rows = try db.rows(
                """
                SELECT key_id, held_at_ms FROM policy_holds JOIN keys ON keys.id = key_id
                WHERE account_id = ? AND deleted_at_ms IS NULL
                """, [account.rawValue])
            return Dictionary(uniqueKeysWithValues: rows.map { (KeyID($0["key_id"]), $0.time("held_at_ms")) })
        }
    }

    public func ownKey(of account: AccountID) async throws -> KeyRecord? {
        try await pool.read { try $0.keys(of: account, .account).first }
    }

    public func webKey(of account: AccountID) async throws -> KeyRecord? {
        try await pool.read { try $0.keys(of: account, .webTokens).first }
    }

    public func keyNames(of account: AccountID) async throws -> [KeyID: KeyName] {
        try await pool.read { try KeyQueries(db: $0).names(of: account) }
    }

    public func overview(ofKey id: KeyID, today: Day) async throws -> AccountOverview.Key? {
        try await pool.read { try KeyQueries(db: $0).overview(of: id, today: today) }
    }
}
