import Accounts
import Foundation
import GRDB
import Ledger

extension SQLiteLedger: IdempotencyReader {
    public func answer(caller: AccountID?, name: String) async throws -> KeptAnswer? {
        try await pool.read { db in
            let row = try db.first(
                "SELECT request_digest, sealed_answer FROM idempotent_calls WHERE scope = ? AND name = ?",
                [IdempotencyKey.scope(of: caller), name])
            guard let row else { return nil }
            guard let digest = KeyDigest(bytes: row["request_digest"] as Data) else {
                throw UnreadableColumn(name: "request_digest")
            }
            return KeptAnswer(requestDigest: digest, sealed: Array(row["sealed_answer"] as Data))
        }
    }
}
