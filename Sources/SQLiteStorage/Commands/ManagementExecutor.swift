import Accounts
import GRDB
import Ledger
import Timekeeping

/// Writes management commands inside the writer's transaction. Each subject has an executor of its own.
struct ManagementExecutor: ManagementCommandHandler {
    let db: Database

    func handle(_ command: OpenAccount) throws -> OpenedAccount { try AccountExecutor(db: db).open(command) }
    func handle(_ command: ChangeAccount) throws -> AccountRecord { try AccountExecutor(db: db).change(command) }
    func handle(_ command: SetBrand) throws -> AccountRecord { try AccountExecutor(db: db).set(command) }
    func handle(_ command: SetAlerts) throws -> AccountRecord { try AccountExecutor(db: db).set(command) }

    func handle(_ command: EnterDeposit) throws -> DepositReceipt { try DepositExecutor(db: db).enter(command) }
    func handle(_ command: CloseDeposit) throws -> DepositReceipt { try DepositExecutor(db: db).close(command) }

    func handle(_ command: CreateKey) throws -> KeyReceipt { try KeyExecutor(db: db).create(command) }
    func handle(_ command: ChangeKey) throws -> KeyReceipt { try KeyExecutor(db: db).change(command) }
    func handle(_ command: HoldKey) throws -> KeyReceipt { try KeyExecutor(db: db).hold(command) }
    func handle(_ command: DeleteKey) throws -> KeyReceipt { try KeyExecutor(db: db).delete(command) }

    func handle(_ command: ReplaceSecret) throws -> KeyReceipt { try SecretExecutor(db: db).replace(command) }
    func handle(_ command: AddSecret) throws -> KeyReceipt { try SecretExecutor(db: db).add(command) }

    func handle(_ command: CreateManagementKey) throws -> ManagementKeyRecord {
        try ManagementKeyExecutor(db: db).create(command)
    }
    func handle(_ command: DeleteManagementKey) throws -> ManagementKeyRecord {
        try ManagementKeyExecutor(db: db).delete(command)
    }

    func handle(_ command: CreateVouchers) throws -> [VoucherRecord] { try VoucherExecutor(db: db).create(command) }
    func handle(_ command: RevokeVoucher) throws -> VoucherRecord { try VoucherExecutor(db: db).revoke(command) }
    func handle(_ command: RedeemVoucher) throws -> VoucherRedemption { try VoucherExecutor(db: db).redeem(command) }

    func handle(_ command: PurgeRows) throws -> PurgeReceipt { try RetentionExecutor(db: db).purge(command) }
    func handle(_ command: RollUpWeeks) throws -> RollUpReceipt { try RollupExecutor(db: db).rollUp(command) }

    func handle(_ command: AdoptPrices) throws -> RateCardRecord {
        let record = command.record
        try db.run(
            "INSERT INTO rate_cards (version, effective_from_ms, origin, card, recorded_at_ms) VALUES (?, ?, ?, ?, ?)",
            [
                record.version, record.effectiveFrom.milliseconds, record.origin.rawValue, record.card,
                record.recordedAt.milliseconds,
            ])
        return record
    }

    func record(_ actor: AuditActor, changing subject: AuditSubject, at now: Timestamp) throws {
        try db.run(
            """
            INSERT INTO audit (happened_at_ms, actor, credential, address, account_id, action, target, changes)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                now.milliseconds, actor.role.rawValue, actor.credential, actor.address,
                (subject.accountID ?? actor.accountID)?.rawValue, actor.action, subject.target?.data, actor.changes,
            ])
    }

    func keep(_ answer: KeptAnswer, of identity: IdempotencyKey, calledAt: Timestamp) throws {
        try db.run(
            """
            INSERT INTO idempotent_calls (scope, name, request_digest, sealed_answer, called_at_ms)
            VALUES (?, ?, ?, ?, ?)
            """,
            [
                identity.scope, identity.name, answer.requestDigest.data, answer.sealed.data, calledAt.milliseconds,
            ])
    }
}
