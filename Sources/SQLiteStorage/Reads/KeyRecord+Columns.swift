import Accounts
import Foundation
import GRDB
import Ledger
import Money
import Timekeeping

extension KeyRecord {
    /// Columns of `keys_with_rules`, in the order of the reads below.
    static let columns =
        """
        id, public_id, account_id, kind, digest, sealed_secret, display_id, label, requests_per_minute,
        concurrent_requests, multiplier_numerator, multiplier_denominator, shortage, draws_on_account, budget_nano_usd,
        spent_nano_usd, held_nano_usd, drawn_nano_usd, drawn_held_nano_usd, shown_spent_nano_usd, shown_carry, row_count,
        created_at_ms, deleted_at_ms,
        """ + " " + KeyRules.columns

    init(_ row: inout ColumnReader) throws {
        self.init(
            id: KeyID(row.int("id")), publicID: try row.id("public_id"), accountID: AccountID(row.int("account_id")),
            kind: try row.value("kind", KeyKind.self), digest: try row.digest("digest"),
            sealedSecret: row.bytes("sealed_secret"), displayID: row.text("display_id"), label: row.text("label"),
            limits: KeyLimits(
                requestsPerMinute: Int(row.int("requests_per_minute")),
                concurrentRequests: Int(row.int("concurrent_requests"))),
            multiplier: try row.multiplier(),
            shortage: try row.optional { try $0.value("shortage", ShortagePolicy.self) }, rules: KeyRules(),
            drawsOnAccount: row.flag("draws_on_account"), budget: row.nanoUSD("budget_nano_usd"),
            spent: row.nanoUSD("spent_nano_usd"), held: row.nanoUSD("held_nano_usd"),
            drawn: row.nanoUSD("drawn_nano_usd"), drawnHeld: row.nanoUSD("drawn_held_nano_usd"),
            shownSpent: row.nanoUSD("shown_spent_nano_usd"), shownCarry: row.int("shown_carry"),
            rows: row.int("row_count"), createdAt: row.time("created_at_ms"),
            deletedAt: row.optional { $0.time("deleted_at_ms") })
        rules = try KeyRules(&row)
    }
}

extension KeyRules {
    /// Columns in the order of the reads and writes below.
    fileprivate static let columns = """
        is_enabled, expires_at_ms, spend_limit_nano_usd, spend_limit_period, credit_limit_nano_usd, requests_per_day,
        tokens_per_minute, allowed_models, allowed_addresses, allowance_nano_usd, allowance_period,
        uses_subscription_first, falls_back_to_balance, environment, team, project, notes
        """

    /// Reads the last columns of a row. All of them are null of a key without rules, and only the first is read.
    fileprivate init(_ row: inout ColumnReader) throws {
        self.init()
        guard let isEnabled = row.optional({ $0.flag("is_enabled") }) else { return }
        self.isEnabled = isEnabled
        expiresAt = row.optional { $0.time("expires_at_ms") }
        let spendLimit = row.optional { $0.nanoUSD("spend_limit_nano_usd") }
        let spendPeriod = try row.optional { try $0.value("spend_limit_period", Period.self) }
        self.spendLimit = spendLimit.map { SpendLimit(amount: $0, period: spendPeriod) }
        creditLimit = row.optional { $0.nanoUSD("credit_limit_nano_usd") }
        requestsPerDay = row.optional { Int($0.int("requests_per_day")) }
        tokensPerMinute = row.optional { $0.int("tokens_per_minute") }
        allowedModels = try row.optional {
            try Self.list($0.text("allowed_models"), "allowed_models") { ModelPattern($0) }
        }
        allowedAddresses = try row.optional {
            try Self.list($0.text("allowed_addresses"), "allowed_addresses") { AddressRange($0) }
        }
        let allowance = row.optional { $0.nanoUSD("allowance_nano_usd") }
        let allowancePeriod = try row.optional { try $0.value("allowance_period", Period.self) }
        if let allowance, let allowancePeriod {
            subscription = Subscription(allowance: allowance, period: allowancePeriod)
        }
        usesSubscriptionFirst = row.flag("uses_subscription_first")
        fallsBackToBalance = row.flag("falls_back_to_balance")
        environment = row.optional { $0.text("environment") }
        team = row.optional { $0.text("team") }
        project = row.optional { $0.text("project") }
        notes = row.optional { $0.text("notes") }
    }

    private static func list<Element>(
        _ text: String, _ column: String, _ read: (String) -> Element?
    ) throws -> [Element] {
        try JSONDecoder().decode([String].self, from: Data(text.utf8)).map { element in
            guard let value = read(element) else { throw UnreadableColumn(name: column) }
            return value
        }
    }

    /// Replaces the rules of a key.
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
