import Accounts
import Foundation
import GRDB
import Ledger
import Money
import Timekeeping

/// Rules of keys, as columns of `key_rules`.
extension KeyRules {
    /// Reads a row of `keys_with_rules`: a key without rules has nulls.
    init(row: Row) throws {
        self.init()
        guard let isEnabled: Bool = row["is_enabled"] else { return }
        func period(_ column: String) throws -> Period? {
            (row[column] as Int?) == nil ? nil : try row.value(column, as: Period.self)
        }
        func amount(_ column: String) -> NanoUSD? { (row[column] as Int64?).map(NanoUSD.init(nanos:)) }
        func list<Element>(_ column: String, _ read: (String) -> Element?) throws -> [Element]? {
            guard let text: String = row[column] else { return nil }
            return try JSONDecoder().decode([String].self, from: Data(text.utf8)).map { element in
                guard let value = read(element) else { throw UnreadableColumn(name: column) }
                return value
            }
        }
        self.isEnabled = isEnabled
        expiresAt = (row["expires_at_ms"] as Int64?).map(Timestamp.init(milliseconds:))
        let spendPeriod = try period("spend_limit_period")
        spendLimit = amount("spend_limit_nano_usd").map { SpendLimit(amount: $0, period: spendPeriod) }
        creditLimit = amount("credit_limit_nano_usd")
        requestsPerDay = row["requests_per_day"]
        tokensPerMinute = row["tokens_per_minute"]
        allowedModels = try list("allowed_models") { ModelPattern($0) }
        allowedAddresses = try list("allowed_addresses") { AddressRange($0) }
        if let allowance = amount("allowance_nano_usd"), let period = try period("allowance_period") {
            subscription = Subscription(allowance: allowance, period: period)
        }
        usesSubscriptionFirst = row["uses_subscription_first"]
        fallsBackToBalance = row["falls_back_to_balance"]
        environment = row["environment"]
        team = row["team"]
        project = row["project"]
        notes = row["notes"]
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
            "INSERT OR REPLACE INTO key_rules VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                key.rawValue, isEnabled, expiresAt?.milliseconds, spendLimit?.amount.nanos,
                spendLimit?.period?.rawValue, creditLimit?.nanos, requestsPerDay, tokensPerMinute,
                try text(allowedModels?.map(\.text)), try text(allowedAddresses?.map(\.description)),
                subscription?.allowance.nanos, subscription?.period.rawValue, usesSubscriptionFirst,
                fallsBackToBalance, environment, team, project, notes,
            ])
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
        let author = Author(
            role: try row.value("actor", as: Author.Role.self), accountID: nil, credential: row["credential"],
            address: row["address"], action: row["action"], changes: row["changes"])
        self.init(
            id: row["id"], happenedAt: row.time("happened_at_ms"), author: author, accountID: account,
            target: try (row["target"] as Data?).map { try UUIDv7(data: $0, column: "target") })
    }
}
