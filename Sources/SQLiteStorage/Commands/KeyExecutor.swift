import Accounts
import GRDB
import Ledger
import Money
import Timekeeping

/// Creates, changes and deletes keys that spend.
struct KeyExecutor {
    let db: Database

    func create(_ command: CreateKey) throws -> KeyReceipt {
        let (accountID, key) = (command.accountID, command.key)
        if key.kind == .webTokens, let existing = try db.keys(of: accountID, .webTokens).first {
            return KeyReceipt(existing)
        }
        let id = try insert(key, of: accountID, command.createdAt)
        try Postings(db: db).move(key.budget, from: accountID, to: id, at: command.createdAt)
        return KeyReceipt(try showable(id))
    }

    func change(_ command: ChangeKey) throws -> KeyReceipt {
        let (id, change, now) = (command.keyID, command.change, command.changedAt)
        let key = try db.key(id)
        guard key.kind == .client, key.deletedAt == nil else { throw LedgerFailure.notFound("key") }
        guard let rules = change.rules.applied(to: key.rules) else {
            throw LedgerFailure.refused("period without a spend limit")
        }
        let multiplier = change.multiplier ?? key.multiplier
        let drawsOnAccount = change.drawsOnAccount ?? key.drawsOnAccount
        try db.run(
            """
            UPDATE keys SET label = ?, requests_per_minute = ?, concurrent_requests = ?, multiplier_numerator = ?,
                multiplier_denominator = ?, shown_carry = ?, shortage = ?, draws_on_account = ? WHERE id = ?
            """,
            [
                change.label ?? key.label, change.requestsPerMinute ?? key.limits.requestsPerMinute,
                change.concurrentRequests ?? key.limits.concurrentRequests, multiplier.numerator,
                multiplier.denominator, multiplier == key.multiplier ? key.shownCarry : 0,
                (change.shortage ?? key.shortage)?.rawValue, drawsOnAccount, id.rawValue,
            ])
        if rules != key.rules { try rules.write(of: id, db) }
        if rules.isEnabled { try db.run("DELETE FROM policy_holds WHERE key_id = ?", [id.rawValue]) }
        let postings = Postings(db: db)
        try postings.move(change.budgetChange, from: key.accountID, to: id, at: now)
        let refunded = drawsOnAccount ? try postings.refundRest(of: id, at: now) : .zero
        return KeyReceipt(try showable(id), refunded: refunded)
    }

    func hold(_ command: HoldKey) throws -> KeyReceipt {
        var change = KeyChange()
        change.rules.isEnabled = false
        let receipt = try self.change(ChangeKey(command.keyID, change, at: command.heldAt))
        try db.run(
            "INSERT OR REPLACE INTO policy_holds (key_id, request_id, held_at_ms) VALUES (?, ?, ?)",
            [command.keyID.rawValue, command.requestID.data, command.heldAt.milliseconds])
        return receipt
    }

    func delete(_ command: DeleteKey) throws -> KeyReceipt {
        let (id, now) = (command.keyID, command.deletedAt)
        try db.run(
            "UPDATE keys SET deleted_at_ms = ? WHERE id = ? AND kind = ? AND deleted_at_ms IS NULL",
            [now.milliseconds, id.rawValue, KeyKind.client.rawValue])
        guard db.changesCount == 1 else { throw LedgerFailure.notFound("key") }
        try db.run("DELETE FROM temporary_secrets WHERE key_id = ?", [id.rawValue])
        let refunded = try Postings(db: db).refundRest(of: id, at: now)
        return KeyReceipt(try db.key(id), refunded: refunded)
    }

    func insert(_ key: NewKey, of accountID: AccountID, _ now: Timestamp) throws -> KeyID {
        try db.run(
            """
            INSERT INTO keys (public_id, account_id, kind, digest, sealed_secret, display_id, label,
                requests_per_minute, concurrent_requests, multiplier_numerator, multiplier_denominator, created_at_ms,
                shortage, draws_on_account)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                key.publicID.data, accountID.rawValue, key.kind.rawValue, key.secret.digest.data,
                key.secret.sealed.data, key.secret.displayID, key.label, key.limits.requestsPerMinute,
                key.limits.concurrentRequests, key.multiplier.numerator, key.multiplier.denominator, now.milliseconds,
                key.shortage?.rawValue, key.drawsOnAccount,
            ])
        let id = KeyID(db.lastInsertedRowID)
        try key.rules.write(of: id, db)
        return id
    }

    /// Returns a key as it is now, if its budget can be shown to its client.
    private func showable(_ id: KeyID) throws -> KeyRecord {
        let key = try db.key(id)
        guard key.isShowable else { throw LedgerFailure.refused("shown budget is larger than any amount") }
        return key
    }
}
