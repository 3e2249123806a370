import Accounts
import Foundation
import GRDB
import Ledger
import Money
import Timekeeping

/// Reads a row's columns one after the other: an account may have a thousand keys, and looking each column up by its name
/// takes longer than everything else about them.
struct ColumnReader {
    private let columns: HotStatement.Columns
    private var place: Int32 = 0

    init(_ columns: HotStatement.Columns) { self.columns = columns }

    mutating func int() -> Int64 { columns.int(next()) }

    mutating func text() -> String { columns.text(next()) }

    mutating func bytes() -> [UInt8] { columns.bytes(next()) }

    mutating func id(_ name: String) throws -> UUIDv7 {
        guard let id = columns.id(next()) else { throw UnreadableColumn(name: name) }
        return id
    }

    mutating func digest(_ name: String) throws -> KeyDigest {
        guard let digest = columns.digest(next()) else { throw UnreadableColumn(name: name) }
        return digest
    }

    mutating func amount() -> NanoUSD { NanoUSD(nanos: int()) }

    mutating func optional<Value>(_ read: (inout ColumnReader) throws -> Value) rethrows -> Value? {
        guard columns.isNull(place) else { return try read(&self) }
        place += 1
        return nil
    }

    mutating func value<Value: RawRepresentable>(_ name: String, _ type: Value.Type) throws -> Value
    where Value.RawValue == Int {
        guard let value = Value(rawValue: Int(int())) else { throw UnreadableColumn(name: name) }
        return value
    }

    private mutating func next() -> Int32 {
        defer { place += 1 }
        return place
    }
}

extension KeyRecord {
    /// Columns of `keys_with_rules`, in the order in which they are read below.
    static let columns =
        """
        id, public_id, account_id, kind, digest, sealed_secret, display_id, label, requests_per_minute,
        concurrent_requests, multiplier_numerator, multiplier_denominator, shortage, draws_on_account, budget_nano_usd,
        spent_nano_usd, held_nano_usd, drawn_nano_usd, drawn_held_nano_usd, shown_spent_nano_usd, shown_carry, row_count,
        created_at_ms, deleted_at_ms,
        """ + " " + KeyRules.columns

    init(_ row: inout ColumnReader) throws {
        let id = KeyID(row.int())
        let publicID = try row.id("public_id")
        let accountID = AccountID(row.int())
        let kind = try row.value("kind", KeyKind.self)
        let digest = try row.digest("digest")
        let sealedSecret = row.bytes()
        let (displayID, label) = (row.text(), row.text())
        let limits = KeyLimits(requestsPerMinute: Int(row.int()), concurrentRequests: Int(row.int()))
        guard let multiplier = DisplayMultiplier(numerator: row.int(), denominator: row.int()) else {
            throw UnreadableColumn(name: "multiplier_numerator")
        }
        let shortage = try row.optional { try $0.value("shortage", ShortagePolicy.self) }
        let drawsOnAccount = row.int() != 0
        let (budget, spent, held) = (row.amount(), row.amount(), row.amount())
        let (drawn, drawnHeld, shownSpent) = (row.amount(), row.amount(), row.amount())
        let (shownCarry, rows) = (row.int(), row.int())
        let createdAt = Timestamp(milliseconds: row.int())
        let deletedAt = row.optional { Timestamp(milliseconds: $0.int()) }
        self.init(
            id: id, publicID: publicID, accountID: accountID, kind: kind, digest: digest, sealedSecret: sealedSecret,
            displayID: displayID, label: label, limits: limits, multiplier: multiplier, shortage: shortage,
            rules: try KeyRules(&row), drawsOnAccount: drawsOnAccount, budget: budget, spent: spent, held: held,
            drawn: drawn, drawnHeld: drawnHeld, shownSpent: shownSpent, shownCarry: shownCarry, rows: rows,
            createdAt: createdAt, deletedAt: deletedAt)
    }
}

extension KeyRules {
    /// In the order in which they are read and written below.
    fileprivate static let columns = """
        is_enabled, expires_at_ms, spend_limit_nano_usd, spend_limit_period, credit_limit_nano_usd, requests_per_day,
        tokens_per_minute, allowed_models, allowed_addresses, allowance_nano_usd, allowance_period,
        uses_subscription_first, falls_back_to_balance, environment, team, project, notes
        """

    /// They are the last of a row: of a key without rules, whose columns are null, only the first is read.
    fileprivate init(_ row: inout ColumnReader) throws {
        self.init()
        guard let isEnabled = row.optional({ $0.int() != 0 }) else { return }
        self.isEnabled = isEnabled
        expiresAt = row.optional { Timestamp(milliseconds: $0.int()) }
        let spendLimit = row.optional { $0.amount() }
        let spendPeriod = try row.optional { try $0.value("spend_limit_period", Period.self) }
        self.spendLimit = spendLimit.map { SpendLimit(amount: $0, period: spendPeriod) }
        creditLimit = row.optional { $0.amount() }
        requestsPerDay = row.optional { Int($0.int()) }
        tokensPerMinute = row.optional { $0.int() }
        allowedModels = try row.optional { try Self.list($0.text(), "allowed_models") { ModelPattern($0) } }
        allowedAddresses = try row.optional { try Self.list($0.text(), "allowed_addresses") { AddressRange($0) } }
        let allowance = row.optional { $0.amount() }
        let allowancePeriod = try row.optional { try $0.value("allowance_period", Period.self) }
        if let allowance, let allowancePeriod {
            subscription = Subscription(allowance: allowance, period: allowancePeriod)
        }
        usesSubscriptionFirst = row.int() != 0
        fallsBackToBalance = row.int() != 0
        environment = row.optional { $0.text() }
        team = row.optional { $0.text() }
        project = row.optional { $0.text() }
        notes = row.optional { $0.text() }
    }

    private static func list<Element>(
        _ text: String, _ column: String, _ read: (String) -> Element?
    ) throws -> [Element] {
        try JSONDecoder().decode([String].self, from: Data(text.utf8)).map { element in
            guard let value = read(element) else { throw UnreadableColumn(name: column) }
            return value
        }
    }

    /// Writes the rules of a key in the place of those that it has.
    func write(of key: KeyID, _ db: Database) throws {
        guard self != KeyRules() else {
            return try db.run("DELETE FROM key_rules WHERE key_id = ?", [key.rawValue])
        }
        func text(_ list: [String]?) throws -> String? {
            try list.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }
        }
        try db.run(
            "INSERT OR REPLACE INTO key_rules (key_id, \(Self.columns)) VALUES (?\(String(repeating: ", ?", count: 17)))",
            [
                key.rawValue, isEnabled, expiresAt?.milliseconds, spendLimit?.amount.nanos,
                spendLimit?.period?.rawValue, creditLimit?.nanos, requestsPerDay, tokensPerMinute,
                try text(allowedModels?.map(\.text)), try text(allowedAddresses?.map(\.description)),
                subscription?.allowance.nanos, subscription?.period.rawValue, usesSubscriptionFirst,
                fallsBackToBalance, environment, team, project, notes,
            ])
    }
}
