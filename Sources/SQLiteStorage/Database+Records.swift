import Accounts
import Foundation
import GRDB
import Ledger
import Metering
import Money
import Timekeeping

extension Database {
    /// Runs a statement that is prepared once for the connection.
    func run(_ sql: String, _ arguments: [(any DatabaseValueConvertible)?] = []) throws {
        try cachedStatement(sql: sql).execute(arguments: StatementArguments(arguments))
    }

    /// Returns the first row of a statement that is prepared once for the connection.
    func first(_ sql: String, _ arguments: [(any DatabaseValueConvertible)?] = []) throws -> Row? {
        try Row.fetchOne(cachedStatement(sql: sql), arguments: StatementArguments(arguments))
    }

    /// Returns all rows of a statement that is prepared once for the connection.
    func rows(_ sql: String, _ arguments: [(any DatabaseValueConvertible)?] = []) throws -> [Row] {
        try Row.fetchAll(cachedStatement(sql: sql), arguments: StatementArguments(arguments))
    }

    /// Returns the ledger rows of a statement that selects `LedgerRow.columns`.
    func ledgerRows(_ condition: String, _ arguments: [(any DatabaseValueConvertible)?]) throws -> [LedgerRow] {
        let statement = try cachedStatement(sql: LedgerRow.columns + condition)
        statement.arguments = StatementArguments(arguments)
        return try HotStatement.all(statement, self, LedgerRow.init(columns:))
    }

    func account(_ id: AccountID) throws -> AccountRecord {
        guard let row = try first("SELECT * FROM accounts WHERE id = ?", [id.rawValue]) else {
            throw LedgerFailure.notFound("account")
        }
        return try AccountRecord(row: row)
    }

    /// Returns the sum that a statement's first row is.
    func usage(_ sql: String, _ arguments: [(any DatabaseValueConvertible)?]) throws -> UsageSum {
        guard let row = try first(sql, arguments) else { return UsageSum() }
        return UsageSum(
            requests: row[0], inputTokens: row[1], outputTokens: row[2], cost: NanoUSD(nanos: row[3]),
            shownCost: NanoUSD(nanos: row[4]))
    }

    /// Returns the keys that a condition selects.
    func keys(_ condition: String, _ arguments: [(any DatabaseValueConvertible)?]) throws -> [KeyRecord] {
        let statement = try cachedStatement(sql: "SELECT \(KeyRecord.columns) FROM keys_with_rules " + condition)
        statement.arguments = StatementArguments(arguments)
        return try HotStatement.all(statement, self) { columns in
            var reader = ColumnReader(columns)
            return try KeyRecord(&reader)
        }
    }

    func key(_ id: KeyID) throws -> KeyRecord {
        guard let key = try keys("WHERE id = ?", [id.rawValue]).first else { throw LedgerFailure.notFound("key") }
        return key
    }

    /// Returns a management key that is not deleted.
    func managementKey(_ id: ManagementKeyID) throws -> ManagementKeyRecord {
        guard
            let row = try first(
                "SELECT * FROM management_keys WHERE id = ? AND deleted_at_ms IS NULL", [id.rawValue])
        else { throw LedgerFailure.notFound("management key") }
        return try ManagementKeyRecord(row: row)
    }

    /// Returns the keys of a kind of an account, deleted ones included.
    func keys(of account: AccountID, _ kind: KeyKind) throws -> [KeyRecord] {
        try keys("WHERE account_id = ? AND kind = ? ORDER BY id", [account.rawValue, kind.rawValue])
    }

    func deposits(_ condition: String, _ arguments: [(any DatabaseValueConvertible)?]) throws -> [DepositRecord] {
        try rows("SELECT * FROM deposits " + condition, arguments).map(DepositRecord.init(row:))
    }

    func deposit(_ id: DepositID) throws -> DepositRecord {
        guard let row = try first("SELECT * FROM deposits WHERE id = ?", [id.rawValue]) else {
            throw LedgerFailure.notFound("deposit")
        }
        return try DepositRecord(row: row)
    }
}

/// A column holds what the schema does not allow: the database was changed by something else.
struct UnreadableColumn: Error {
    var name: String
}

extension UUIDv7 {
    /// The 16 bytes that the database keeps.
    var data: Data {
        withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { Data($0) }
    }

    init(data: Data, column: String) throws {
        guard data.count == 16 else { throw UnreadableColumn(name: column) }
        var halves: (UInt64, UInt64) = (0, 0)
        for byte in data.prefix(8) { halves.0 = halves.0 << 8 | UInt64(byte) }
        for byte in data.suffix(8) { halves.1 = halves.1 << 8 | UInt64(byte) }
        self.init(high: halves.0, low: halves.1)
    }
}

extension KeyDigest {
    var data: Data { Data(bytes) }
}

extension [UInt8] {
    var data: Data { Data(self) }
}

extension Row {
    func nanoUSD(_ column: String) -> NanoUSD { NanoUSD(nanos: self[column]) }

    func time(_ column: String) -> Timestamp { Timestamp(milliseconds: self[column]) }

    func publicID(_ column: String = "public_id") throws -> UUIDv7 { try UUIDv7(data: self[column], column: column) }

    func value<Value: RawRepresentable>(_ column: String, as: Value.Type) throws -> Value where Value.RawValue == Int {
        guard let value = Value(rawValue: self[column]) else { throw UnreadableColumn(name: column) }
        return value
    }

    func markup() throws -> Markup {
        guard let markup = Markup(millionths: self["markup_millionths"]) else {
            throw UnreadableColumn(name: "markup_millionths")
        }
        return markup
    }

    func multiplier() throws -> DisplayMultiplier {
        guard
            let multiplier = DisplayMultiplier(
                numerator: self["multiplier_numerator"], denominator: self["multiplier_denominator"])
        else { throw UnreadableColumn(name: "multiplier_numerator") }
        return multiplier
    }
}

extension AccountRecord {
    init(row: Row) throws {
        self.init(
            id: AccountID(row["id"]), publicID: try row.publicID(), name: row["name"],
            deposited: row.nanoUSD("deposited_nano_usd"), allocated: row.nanoUSD("allocated_nano_usd"),
            spent: row.nanoUSD("spent_nano_usd"), held: row.nanoUSD("held_nano_usd"),
            spentByClients: row.nanoUSD("spent_by_clients_nano_usd"), overrun: row.nanoUSD("overrun_nano_usd"),
            markup: try row.markup(),
            rules: RequestRules(
                shortage: try row.value("shortage", as: ShortagePolicy.self),
                disconnect: try row.value("disconnect", as: DisconnectPolicy.self)),
            createdAt: row.time("created_at_ms"))
    }
}

extension Brand {
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
    init(row: Row) {
        self.init()
        availableBelow = (row["available_below_nano_usd"] as Int64?).map(NanoUSD.init(nanos:))
        keyLeftPercent = row["key_left_percent"]
        daysToExpiry = row["days_to_expiry"]
    }
}

extension VoucherRecord {
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
    init(row: Row) throws {
        self.init(
            id: DepositID(row["id"]), publicID: try row.publicID(), accountID: AccountID(row["account_id"]),
            amount: row.nanoUSD("amount_nano_usd"), status: try row.value("status", as: DepositStatus.self),
            reference: row["reference"], createdAt: row.time("created_at_ms"),
            completedAt: (row["completed_at_ms"] as Int64?).map(Timestamp.init(milliseconds:)))
    }
}

extension RateCardRecord {
    init(row: Row) throws {
        self.init(
            version: row["version"], effectiveFrom: row.time("effective_from_ms"),
            origin: try row.value("origin", as: RateCardRecord.Origin.self), card: row["card"],
            recordedAt: row.time("recorded_at_ms"))
    }
}

extension IdempotencyKey {
    /// As the database names the caller: 0 is the operator.
    var scope: Int64 { Self.scope(of: caller) }

    static func scope(of caller: AccountID?) -> Int64 { caller?.rawValue ?? 0 }
}

extension Hold {
    /// Reads a row of holds joined with models.
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

extension LedgerRow {
    /// In the order in which they are read below.
    static let columns = """
        SELECT request_id, requests.account_id, requests.key_id, models.name, endpoint, price_version,
            requests.multiplier_numerator, requests.multiplier_denominator, requests.markup_millionths, started_at_ms,
            requests.input_tokens, requests.output_tokens, cache_read_tokens, cache_write_5m_tokens,
            cache_write_1h_tokens, images,
            usage_source, cost_nano_usd, overrun_nano_usd, upstream_cost_nano_usd, duration_ms, first_byte_ms,
            http_status, ending, attempts, shown_cost_nano_usd, keys.display_id, payer
        FROM requests JOIN models ON models.id = requests.model_id JOIN keys ON keys.id = requests.key_id

        """

    /// Reads a row by the places of its columns: a page has a hundred of them.
    init(columns: HotStatement.Columns) throws {
        guard let id = columns.id(0), let operation = Metering.Operation(rawValue: Int(columns.int(4))),
            let multiplier = DisplayMultiplier(numerator: columns.int(6), denominator: columns.int(7)),
            let markup = Markup(millionths: columns.int(8)),
            let usageSource = UsageSource(rawValue: Int(columns.int(16))),
            let ending = RequestEnding(rawValue: Int(columns.int(23))),
            let payer = Payer(rawValue: Int(columns.int(27)))
        else { throw UnreadableColumn(name: "of requests") }
        func optional(_ column: Int32) -> Int64? { columns.isNull(column) ? nil : columns.int(column) }
        let hold = Hold(
            requestID: id, accountID: AccountID(columns.int(1)), keyID: KeyID(columns.int(2)), amount: .zero,
            interruptedCost: .zero, payer: payer, model: columns.text(3), operation: operation,
            priceVersion: columns.int(5),
            multiplier: multiplier, markup: markup, startedAt: Timestamp(milliseconds: columns.int(9)))
        let usage = TokenUsage(
            input: columns.int(10), output: columns.int(11), cacheRead: columns.int(12), cacheWrite5m: columns.int(13),
            cacheWrite1h: columns.int(14), images: columns.int(15))
        self.init(
            Settlement(
                hold: hold, usage: usage, usageSource: usageSource, cost: NanoUSD(nanos: columns.int(17)),
                overrun: NanoUSD(nanos: columns.int(18)), upstreamCost: optional(19).map(NanoUSD.init(nanos:)),
                durationMilliseconds: columns.int(20), firstByteMilliseconds: optional(21),
                status: Int(columns.int(22)), ending: ending, attempts: Int(columns.int(24))),
            shownCost: NanoUSD(nanos: columns.int(25)), keyDisplayID: columns.text(26))
    }
}

extension ManagementKeyRecord {
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
    init(row: Row) throws {
        guard let digest = KeyDigest(bytes: row["digest"] as Data) else { throw UnreadableColumn(name: "digest") }
        self.init(digest: digest, keyID: KeyID(row["key_id"]), validUntil: row.time("valid_until_ms"))
    }
}

extension AuditRecord {
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
