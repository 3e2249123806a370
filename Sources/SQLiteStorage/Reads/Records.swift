import Accounts
import Foundation
import GRDB
import Ledger
import Metering
import Money
import Timekeeping

// The columns of each record, and its initializer from a row.

extension AccountRecord {
    static let columns = """
        id, public_id, name, deposited_nano_usd, allocated_nano_usd, spent_nano_usd, held_nano_usd,
        spent_by_clients_nano_usd, overrun_nano_usd, markup_millionths, shortage, disconnect, policy_error,
        created_at_ms
        """

    init(row: Row) throws {
        self.init(
            id: AccountID(row["id"]), publicID: try row.publicID(), name: row["name"],
            deposited: row.nanoUSD("deposited_nano_usd"), allocated: row.nanoUSD("allocated_nano_usd"),
            spent: row.nanoUSD("spent_nano_usd"), held: row.nanoUSD("held_nano_usd"),
            spentByClients: row.nanoUSD("spent_by_clients_nano_usd"), overrun: row.nanoUSD("overrun_nano_usd"),
            markup: try row.markup(),
            rules: RequestRules(
                shortage: try row.value("shortage", as: ShortagePolicy.self),
                disconnect: try row.value("disconnect", as: DisconnectPolicy.self),
                policyError: try row.value("policy_error", as: PolicyErrorRule.self)),
            createdAt: row.time("created_at_ms"))
    }
}

extension Brand {
    static let columns = """
        name, logo, colour, contact, top_up, language
        """

    init(row: Row) throws {
        self.init()
        name = row["name"]
        logo = row["logo"]
        colour = row["colour"]
        contact = row["contact"]
        topUp = row["top_up"]
        language = (row["language"] as Int?) == nil ? nil : try row.value("language", as: Language.self)
    }
}

extension Alerts {
    static let columns = """
        available_below_nano_usd, key_left_percent, days_to_expiry
        """

    init(row: Row) {
        self.init()
        availableBelow = (row["available_below_nano_usd"] as Int64?).map(NanoUSD.init(nanos:))
        keyLeftPercent = row["key_left_percent"]
        daysToExpiry = row["days_to_expiry"]
    }
}

extension VoucherRecord {
    static let columns = """
        id, public_id, account_id, digest, sealed_code, label, amount_nano_usd, shown_nano_usd, uses, used, expires_at_ms,
        created_at_ms, revoked_at_ms
        """

    init(row: Row) throws {
        guard let digest = KeyDigest(bytes: row["digest"] as Data) else { throw UnreadableColumn(name: "digest") }
        let voucher = NewVoucher(
            publicID: try row.publicID(), digest: digest, sealedCode: Array(row["sealed_code"] as Data),
            label: row["label"], amount: row.nanoUSD("amount_nano_usd"), shownAmount: row.nanoUSD("shown_nano_usd"),
            uses: row["uses"], expiresAt: (row["expires_at_ms"] as Int64?).map(Timestamp.init(milliseconds:)))
        self.init(
            id: VoucherID(row["id"]), accountID: AccountID(row["account_id"]), voucher: voucher, used: row["used"],
            createdAt: row.time("created_at_ms"),
            revokedAt: (row["revoked_at_ms"] as Int64?).map(Timestamp.init(milliseconds:)))
    }
}

extension DepositRecord {
    static let columns = """
        id, public_id, account_id, amount_nano_usd, status, reference, created_at_ms, completed_at_ms
        """

    init(row: Row) throws {
        self.init(
            id: DepositID(row["id"]), publicID: try row.publicID(), accountID: AccountID(row["account_id"]),
            amount: row.nanoUSD("amount_nano_usd"), status: try row.value("status", as: DepositStatus.self),
            reference: row["reference"], createdAt: row.time("created_at_ms"),
            completedAt: (row["completed_at_ms"] as Int64?).map(Timestamp.init(milliseconds:)))
    }
}

extension RateCardRecord {
    static let columns = """
        version, effective_from_ms, origin, card, recorded_at_ms
        """

    init(row: Row) throws {
        self.init(
            version: row["version"], effectiveFrom: row.time("effective_from_ms"),
            origin: try row.value("origin", as: RateCardRecord.Origin.self), card: row["card"],
            recordedAt: row.time("recorded_at_ms"))
    }
}

extension IdempotencyKey {
    /// The caller as the database names it: 0 is the operator.
    var scope: Int64 { Self.scope(of: caller) }

    static func scope(of caller: AccountID?) -> Int64 { caller?.rawValue ?? 0 }
}

extension Hold {
    static let selection = """
        SELECT request_id, account_id, key_id, amount_nano_usd, interrupted_nano_usd, payer, models.name AS model,
            endpoint, price_version, multiplier_numerator, multiplier_denominator, markup_millionths, started_at_ms
        FROM holds JOIN models ON models.id = model_id
        """

    init(row: Row) throws {
        self.init(
            requestID: try row.publicID("request_id"), accountID: AccountID(row["account_id"]),
            keyID: KeyID(row["key_id"]), amount: row.nanoUSD("amount_nano_usd"),
            interruptedCost: row.nanoUSD("interrupted_nano_usd"), payer: try row.value("payer", as: Payer.self),
            model: row["model"],
            operation: try row.value("endpoint", as: Metering.Operation.self), priceVersion: row["price_version"],
            multiplier: try row.multiplier(), markup: try row.markup(), startedAt: row.time("started_at_ms"))
    }
}

extension ManagementKeyRecord {
    static let columns = """
        id, public_id, account_id, digest, display_id, label, scope, expires_at_ms, created_at_ms
        """

    init(row: Row) throws {
        guard let digest = KeyDigest(bytes: row["digest"] as Data) else { throw UnreadableColumn(name: "digest") }
        self.init(
            id: ManagementKeyID(row["id"]), publicID: try row.publicID(), accountID: AccountID(row["account_id"]),
            digest: digest, displayID: row["display_id"], label: row["label"],
            scope: try row.value("scope", as: ManagementScope.self),
            expiresAt: (row["expires_at_ms"] as Int64?).map(Timestamp.init(milliseconds:)),
            createdAt: row.time("created_at_ms"))
    }
}

extension TemporarySecret {
    static let columns = """
        digest, key_id, valid_until_ms
        """

    init(row: Row) throws {
        guard let digest = KeyDigest(bytes: row["digest"] as Data) else { throw UnreadableColumn(name: "digest") }
        self.init(digest: digest, keyID: KeyID(row["key_id"]), validUntil: row.time("valid_until_ms"))
    }
}

extension AuditRecord {
    static let columns = """
        id, happened_at_ms, actor, credential, address, account_id, action, target, changes
        """

    init(row: Row) throws {
        let account = (row["account_id"] as Int64?).map(AccountID.init)
        let actor = AuditActor(
            role: try row.value("actor", as: AuditActor.Role.self), accountID: nil, credential: row["credential"],
            address: row["address"], action: row["action"], changes: row["changes"])
        self.init(
            id: row["id"], happenedAt: row.time("happened_at_ms"), actor: actor, accountID: account,
            target: try (row["target"] as Data?).map { try UUIDv7(data: $0, column: "target") })
    }
}
