import Accounts
import Admission
import HTTPTypes
import Ledger
import Money
import Timekeeping

/// The credits dialect: an account's credit and the usage of each key, in USD as strings.
struct CreditRoutes: Sendable {
    let admission: AdmissionServices
    let ledger: any AccountReader & KeyReader
    let limits: AccountLimits

    private static let path = "/v1/api-keys"
    private static let longestName = 200

    var table: [ControlRoute] {
        [
            ControlRoute(
                .get, "/v1/credits", .accountOrManagementKey, limit: limits.balance,
                errors: .object(failure: "Failed to fetch credit information"), credits),
            ControlRoute(
                .post, Self.path, .managementKey, isRepeatable: true, limit: limits.createKeys, errors: .object(),
                create),
            ControlRoute(
                .patch, Self.path + "/:id", .managementKey, limit: limits.changeKeys, errors: .object(), change),
            ControlRoute(
                .delete, Self.path + "/:id", .managementKey, limit: limits.changeKeys, errors: .object(), delete),
        ]
    }

    private var keys: AccountKeys { AccountKeys(admission: admission, ledger: ledger) }

    private func credits(_ request: ControlRequest) async throws -> JSON {
        var query = QueryFields(request.uri)
        let isByKey = try query.flag("by_api_key") ?? false
        try query.finish()
        let id = try request.accountID
        guard isByKey else {
            guard let account = try await ledger.account(id) else { throw ControlError.unauthorized }
            return .object(Self.members(of: account))
        }
        let now = admission.time.now()
        guard let overview = try await ledger.overview(of: id, today: now.day) else { throw ControlError.unauthorized }
        let keys = overview.keys.map { key in
            key.record.kind == .webTokens ? Self.describeWebTokens(key) : .object(Self.members(of: key, now))
        }
        return .object(Self.members(of: overview.account) + [("usage_by_api_key", .array(keys))])
    }

    private static func members(of account: AccountRecord) -> [(String, JSON)] {
        [
            ("remaining_credits", .atLeastFourDecimals(account.balance)),
            ("credit_usage", .atLeastFourDecimals(account.deposited - account.balance)),
            ("total_deposits", .atLeastFourDecimals(account.deposited)),
        ]
    }

    private static func members(of key: AccountOverview.Key, _ now: Timestamp) -> [(String, JSON)] {
        let record = key.record
        let rules = record.rules
        let isActive = record.deletedAt == nil && rules.isEnabled && rules.expiresAt.map { $0 > now } ?? true
        let periodStart = rules.spendLimit?.period.map { $0.first(around: now.day).start }
        let isUsed = periodStart.flatMap { start in key.lastUsedAt.map { $0 >= start } } ?? false
        return [
            ("api_key_id", .string(record.publicID.description)),
            ("api_key_name", .string(record.kind == .account ? "Account key" : record.label)),
            ("credit_usage", .atLeastFourDecimals(record.allSpent)), ("total_requests", .integer(record.rows)),
            ("created_at", .string(record.createdAt.rfc3339Milliseconds)), ("is_active", .bool(isActive)),
            ("spend_limit", .optional(rules.spendLimit?.amount, JSON.atLeastFourDecimals)),
            ("spend_limit_period", .optional(rules.spendLimit?.period) { .string($0.name) }),
            ("period_spend", .atLeastFourDecimals(key.periodSpend)),
            ("period_start", isUsed ? .optional(periodStart) { .string($0.rfc3339Milliseconds) } : .null),
            ("expires_at", .optional(rules.expiresAt) { .string($0.rfc3339Milliseconds) }),
        ]
    }

    /// All web tokens of an account are one row.
    private static func describeWebTokens(_ key: AccountOverview.Key) -> JSON {
        .object([
            ("api_key_id", .string("temp_jwt")), ("api_key_name", .string("Temporary web token")),
            ("credit_usage", .atLeastFourDecimals(key.record.allSpent)),
            ("total_requests", .integer(key.record.rows)), ("created_at", .null), ("is_active", .bool(false)),
            ("spend_limit", .null), ("spend_limit_period", .null),
            ("period_spend", .atLeastFourDecimals(key.record.allSpent)), ("period_start", .null),
            ("expires_at", .null),
        ])
    }

    private func create(_ request: ControlRequest) async throws -> JSON {
        let now = admission.time.now()
        return try await keys.create(request, longestName: Self.longestName) { issued in
            let key = AccountOverview.Key(record: issued.record)
            return .object(
                [
                    ("id", .string(issued.record.publicID.description)), ("name", .string(issued.record.label)),
                    ("key", .string(issued.secret.revealed)),
                ] + Self.members(of: key, now))
        }
    }

    private func change(_ request: ControlRequest) async throws -> JSON {
        let changed = try await keys.change(request, longestName: Self.longestName)
        let now = admission.time.now()
        let overview = try await ledger.overview(ofKey: changed.id, today: now.day)
        return .object(
            Self.members(
                of: overview ?? AccountOverview.Key(record: changed), now))
    }

    private func delete(_ request: ControlRequest) async throws -> JSON {
        let key = try await OwnedKeys(ledger: ledger).key(of: request)
        _ = try await admission.accounts.deleteKey(key.id, by: request.actor)
        return .object([("success", .bool(true))])
    }
}
