import Accounts
import GRDB
import Ledger
import Timekeeping

/// Creates and deletes management keys.
struct ManagementKeyExecutor {
    let db: Database

    func create(_ command: CreateManagementKey) throws -> ManagementKeyRecord {
        let key = command.key
        _ = try db.account(command.accountID)
        try db.run(
            """
            INSERT INTO management_keys (public_id, account_id, digest, display_id, label, scope, expires_at_ms,
                created_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                key.publicID.data, command.accountID.rawValue, key.digest.data, key.displayID, key.label,
                key.scope.rawValue, key.expiresAt?.milliseconds, command.createdAt.milliseconds,
            ])
        return try db.managementKey(ManagementKeyID(db.lastInsertedRowID))
    }

    func delete(_ command: DeleteManagementKey) throws -> ManagementKeyRecord {
        let key = try db.managementKey(command.keyID)
        try db.run(
            "UPDATE management_keys SET deleted_at_ms = ? WHERE id = ?",
            [command.deletedAt.milliseconds, command.keyID.rawValue])
        return key
    }
}
