import Accounts
import GRDB
import Ledger
import Money
import Timekeeping

/// What accounts, deposits and keys are changed by.
extension CommandExecutor {
    private enum Posting: Int {
        case deposit = 1
        case allocation = 2
        case refund = 3
    }

    func openAccount(
        _ publicID: UUIDv7, _ name: String, _ key: NewKey, _ now: Timestamp, _ db: Database
    ) throws -> LedgerReceipt {
        try db.run(
            "INSERT INTO accounts (public_id, name, created_at_ms) VALUES (?, ?, ?)",
            [publicID.data, name, now.milliseconds])
        let id = AccountID(db.lastInsertedRowID)
        let keyID = try insert(key, of: id, now, db)
        return .account(try db.account(id), try db.key(keyID))
    }

    func changeAccount(_ id: AccountID, _ change: AccountChange, _ db: Database) throws -> LedgerReceipt {
        let account = try db.account(id)
        try db.run(
            "UPDATE accounts SET markup_millionths = ?, shortage = ?, disconnect = ? WHERE id = ?",
            [
                (change.markup ?? account.markup).millionths, (change.shortage ?? account.rules.shortage).rawValue,
                (change.disconnect ?? account.rules.disconnect).rawValue, id.rawValue,
            ])
        return .changedAccount(try db.account(id))
    }

    func setBrand(_ brand: Brand, of id: AccountID, _ db: Database) throws -> LedgerReceipt {
        let account = try db.account(id)
        try db.run(
            "INSERT OR REPLACE INTO brands VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                id.rawValue, brand.name, brand.logo, brand.colour, brand.contact, brand.topUp,
                brand.language?.rawValue,
            ])
        return .changedAccount(account)
    }

    func setAlerts(_ alerts: Alerts, of id: AccountID, _ db: Database) throws -> LedgerReceipt {
        let account = try db.account(id)
        try db.run(
            "INSERT OR REPLACE INTO alerts VALUES (?, ?, ?, ?)",
            [id.rawValue, alerts.availableBelow?.nanos, alerts.keyLeftPercent, alerts.daysToExpiry])
        return .changedAccount(account)
    }

    func enterDeposit(
        _ publicID: UUIDv7, _ accountID: AccountID, _ amount: NanoUSD, _ status: DepositStatus, _ reference: String?,
        _ now: Timestamp, _ db: Database
    ) throws -> LedgerReceipt {
        if let reference,
            let existing = try db.first(
                "SELECT * FROM deposits WHERE account_id = ? AND reference = ?", [accountID.rawValue, reference]
            ).map(DepositRecord.init(row:))
        {
            guard existing.amount == amount else { throw LedgerFailure.conflictingReference }
            return .deposit(existing, credited: .zero)
        }
        try db.run(
            """
            INSERT INTO deposits (public_id, account_id, amount_nano_usd, status, reference, created_at_ms,
                completed_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            [
                publicID.data, accountID.rawValue, amount.nanos, status.rawValue, reference, now.milliseconds,
                status == .completed ? now.milliseconds : nil,
            ])
        let id = DepositID(db.lastInsertedRowID)
        if status == .completed { try credit(id, amount, accountID, now, db) }
        return .deposit(try db.deposit(id), credited: status == .completed ? amount : .zero)
    }

    func closeDeposit(
        _ id: DepositID, as status: DepositStatus, _ now: Timestamp, _ db: Database
    ) throws -> LedgerReceipt {
        let deposit = try db.deposit(id)
        guard deposit.status != status else { return .deposit(deposit, credited: .zero) }
        guard deposit.status == .pending else { throw LedgerFailure.depositClosed }
        try db.run(
            "UPDATE deposits SET status = ?, completed_at_ms = ? WHERE id = ?",
            [status.rawValue, status == .completed ? now.milliseconds : nil, id.rawValue])
        guard status == .completed else { return .deposit(try db.deposit(id), credited: .zero) }
        try credit(id, deposit.amount, deposit.accountID, now, db)
        return .deposit(try db.deposit(id), credited: deposit.amount)
    }

    func changeKey(_ id: KeyID, _ change: KeyChange, _ now: Timestamp, _ db: Database) throws -> LedgerReceipt {
        let key = try db.key(id)
        guard key.kind == .client, key.deletedAt == nil else { throw LedgerFailure.notFound("key") }
        guard let rules = change.rules.applied(to: key.rules) else {
            throw LedgerFailure.refused("period of a spend limit that there is not")
        }
        let multiplier = change.multiplier ?? key.multiplier
        try db.run(
            """
            UPDATE keys SET label = ?, requests_per_minute = ?, concurrent_requests = ?, multiplier_numerator = ?,
                multiplier_denominator = ?, shown_carry = ?, shortage = ?, draws_on_account = ? WHERE id = ?
            """,
            [
                change.label ?? key.label, change.requestsPerMinute ?? key.limits.requestsPerMinute,
                change.concurrentRequests ?? key.limits.concurrentRequests, multiplier.numerator,
                multiplier.denominator, multiplier == key.multiplier ? key.shownCarry : 0,
                (change.shortage ?? key.shortage)?.rawValue, change.drawsOnAccount ?? key.drawsOnAccount, id.rawValue,
            ])
        if rules != key.rules { try rules.write(of: id, db) }
        try move(change.budgetChange, key.accountID, id, now, db)
        let refunded = change.drawsOnAccount ?? key.drawsOnAccount ? try refundRest(id, now, db) : .zero
        return .key(try showable(id, db), refunded: refunded)
    }

    /// Returns a key as it is now, if its client can be shown its budget.
    func showable(_ id: KeyID, _ db: Database) throws -> KeyRecord {
        let key = try db.key(id)
        guard key.isShowable else { throw LedgerFailure.refused("shown budget is larger than any amount") }
        return key
    }

    func deleteKey(_ id: KeyID, _ now: Timestamp, _ db: Database) throws -> LedgerReceipt {
        try db.run(
            "UPDATE keys SET deleted_at_ms = ? WHERE id = ? AND kind = ? AND deleted_at_ms IS NULL",
            [now.milliseconds, id.rawValue, KeyKind.client.rawValue])
        guard db.changesCount == 1 else { throw LedgerFailure.notFound("key") }
        try db.run("DELETE FROM temporary_secrets WHERE key_id = ?", [id.rawValue])
        let refunded = try refundRest(id, now, db)
        return .key(try db.key(id), refunded: refunded)
    }

    func replaceSecret(
        _ id: KeyID, _ secret: KeySecret, _ oldValidUntil: Timestamp?, _ db: Database
    ) throws -> LedgerReceipt {
        let key = try db.key(id)
        guard key.deletedAt == nil else { throw LedgerFailure.notFound("key") }
        if let oldValidUntil {
            let old = TemporarySecret(digest: key.digest, keyID: id, validUntil: oldValidUntil)
            try insert(old, db)
        } else {
            try db.run("DELETE FROM temporary_secrets WHERE key_id = ?", [id.rawValue])
        }
        try db.run(
            "UPDATE keys SET digest = ?, sealed_secret = ?, display_id = ? WHERE id = ?",
            [secret.digest.data, secret.sealed.data, secret.displayID, id.rawValue])
        return .key(try db.key(id), refunded: .zero)
    }

    func addSecret(_ secret: TemporarySecret, _ now: Timestamp, _ db: Database) throws -> LedgerReceipt {
        let key = try db.key(secret.keyID)
        guard key.deletedAt == nil else { throw LedgerFailure.notFound("key") }
        try db.run("DELETE FROM temporary_secrets WHERE valid_until_ms <= ?", [now.milliseconds])
        try insert(secret, db)
        return .key(key, refunded: .zero)
    }

    private func insert(_ secret: TemporarySecret, _ db: Database) throws {
        try db.run(
            "INSERT INTO temporary_secrets VALUES (?, ?, ?)",
            [secret.digest.data, secret.keyID.rawValue, secret.validUntil.milliseconds])
    }

    func createManagementKey(
        _ accountID: AccountID, _ key: NewManagementKey, _ now: Timestamp, _ db: Database
    ) throws -> LedgerReceipt {
        _ = try db.account(accountID)
        try db.run(
            "INSERT INTO management_keys VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
            [
                key.publicID.data, accountID.rawValue, key.digest.data, key.displayID, key.label, key.scope.rawValue,
                key.expiresAt?.milliseconds, now.milliseconds,
            ])
        return .managementKey(try db.managementKey(ManagementKeyID(db.lastInsertedRowID)))
    }

    func deleteManagementKey(_ id: ManagementKeyID, _ now: Timestamp, _ db: Database) throws -> LedgerReceipt {
        let key = try db.managementKey(id)
        try db.run("UPDATE management_keys SET deleted_at_ms = ? WHERE id = ?", [now.milliseconds, id.rawValue])
        return .managementKey(key)
    }

    /// Returns to its account what is left of the budget of a key that keeps none.
    func refundRest(_ id: KeyID, _ now: Timestamp, _ db: Database) throws -> NanoUSD {
        let key = try db.key(id)
        let rest = key.budget - key.spent - key.held
        try move(.zero - rest, key.accountID, id, now, db)
        return rest
    }

    func insert(
        _ key: NewKey, of accountID: AccountID, _ now: Timestamp, _ db: Database
    ) throws -> KeyID {
        try db.run(
            """
            INSERT INTO keys (public_id, account_id, kind, digest, sealed_secret, display_id, label,
                requests_per_minute, concurrent_requests, multiplier_numerator, multiplier_denominator, created_at_ms,
                shortage, draws_on_account)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                key.publicID.data, accountID.rawValue, key.kind.rawValue, key.secret.digest.data,
                key.secret.sealed.data,
                key.secret.displayID, key.label, key.limits.requestsPerMinute, key.limits.concurrentRequests,
                key.multiplier.numerator, key.multiplier.denominator, now.milliseconds, key.shortage?.rawValue,
                key.drawsOnAccount,
            ])
        let id = KeyID(db.lastInsertedRowID)
        try key.rules.write(of: id, db)
        return id
    }

    /// Moves money from an account to a key, or back (negative amounts), with its posting.
    func move(_ amount: NanoUSD, _ accountID: AccountID, _ keyID: KeyID, _ now: Timestamp, _ db: Database) throws {
        guard amount != .zero else { return }
        let accountStatement = "UPDATE accounts SET allocated_nano_usd = allocated_nano_usd + ? WHERE id = ?"
        try db.run(accountStatement, [amount.nanos, accountID.rawValue])
        guard db.changesCount == 1 else { throw LedgerFailure.notFound("account") }
        try db.run(
            "UPDATE keys SET budget_nano_usd = budget_nano_usd + ? WHERE id = ?", [amount.nanos, keyID.rawValue])
        let kind: Posting = amount > .zero ? .allocation : .refund
        try db.run(
            "INSERT INTO postings (kind, account_id, key_id, amount_nano_usd, posted_at_ms) VALUES (?, ?, ?, ?, ?)",
            [kind.rawValue, accountID.rawValue, keyID.rawValue, abs(amount.nanos), now.milliseconds])
    }

    private func credit(
        _ id: DepositID, _ amount: NanoUSD, _ accountID: AccountID, _ now: Timestamp, _ db: Database
    ) throws {
        let deposited: Int64 = try db.account(accountID).deposited.nanos
        guard NanoUSD(nanos: deposited).adding(amount) != nil else { throw LedgerFailure.refused("sum of deposits") }
        try db.run(
            "UPDATE accounts SET deposited_nano_usd = deposited_nano_usd + ? WHERE id = ?",
            [amount.nanos, accountID.rawValue])
        try db.run(
            "INSERT INTO postings (kind, account_id, deposit_id, amount_nano_usd, posted_at_ms) VALUES (?, ?, ?, ?, ?)",
            [Posting.deposit.rawValue, accountID.rawValue, id.rawValue, amount.nanos, now.milliseconds])
    }
}
