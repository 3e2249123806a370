import Accounts
import GRDB
import Ledger
import Timekeeping

/// Replaces secrets of keys, and adds temporary ones.
struct SecretExecutor {
    let db: Database

    func replace(_ command: ReplaceSecret) throws -> KeyReceipt {
        let (id, secret) = (command.keyID, command.secret)
        let key = try liveKey(id)
        if let oldValidUntil = command.oldValidUntil {
            try insert(TemporarySecret(digest: key.digest, keyID: id, validUntil: oldValidUntil))
        } else {
            try db.run("DELETE FROM temporary_secrets WHERE key_id = ?", [id.rawValue])
        }
        try db.run(
            "UPDATE keys SET digest = ?, sealed_secret = ?, display_id = ? WHERE id = ?",
            [secret.digest.data, secret.sealed.data, secret.displayID, id.rawValue])
        return KeyReceipt(try db.key(id))
    }

    func add(_ command: AddSecret) throws -> KeyReceipt {
        let key = try liveKey(command.secret.keyID)
        try db.run("DELETE FROM temporary_secrets WHERE valid_until_ms <= ?", [command.addedAt.milliseconds])
        try insert(command.secret)
        return KeyReceipt(key)
    }

    private func liveKey(_ id: KeyID) throws -> KeyRecord {
        let key = try db.key(id)
        guard key.deletedAt == nil else { throw LedgerFailure.notFound("key") }
        return key
    }

    private func insert(_ secret: TemporarySecret) throws {
        try db.run(
            "INSERT INTO temporary_secrets (digest, key_id, valid_until_ms) VALUES (?, ?, ?)",
            [secret.digest.data, secret.keyID.rawValue, secret.validUntil.milliseconds])
    }
}
