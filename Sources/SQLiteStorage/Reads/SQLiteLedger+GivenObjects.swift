import Accounts
import GRDB
import Ledger

extension SQLiteLedger {
    public func givenObjects(_ digests: [ObjectDigest], to key: KeyID) async throws -> [ObjectDigest: String] {
        try await pool.read { db in
            var models: [ObjectDigest: String] = [:]
            for digest in digests {
                let row = try db.first(
                    """
                    SELECT models.name FROM upstream_objects JOIN models ON models.id = model_id
                    WHERE key_id = ? AND digest = ?
                    """, [key.rawValue, digest.rawValue])
                if let row { models[digest] = row["name"] }
            }
            return models
        }
    }
}
