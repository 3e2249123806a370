import Accounts
import Admission
import HTTPTypes
import Ledger
import Money
import Timekeeping
import Vault

/// Client keys in the account dialect.
struct AccountKeyRoutes: Sendable {
    let admission: AdmissionServices
    let ledger: any AccountReader & KeyReader
    let limits: AccountLimits

    private static let path = "/v1/account/keys"
    private static let longestName = 255

    var table: [ControlRoute] {
        [
            ControlRoute(.get, Self.path, .managementKey, limit: limits.readKeys, errors: .object(), list),
            ControlRoute(
                .post, Self.path, .managementKey, isRepeatable: true, limit: limits.createKeys, errors: .object(),
                create),
            ControlRoute(.get, Self.path + "/:id", .managementKey, limit: limits.readKeys, errors: .object(), get),
            ControlRoute(
                .patch, Self.path + "/:id", .managementKey, limit: limits.changeKeys, errors: .object(), change),
            ControlRoute(
                .delete, Self.path + "/:id", .managementKey, limit: limits.changeKeys, errors: .object(), delete),
            ControlRoute(
                .post, Self.path + "/:id/rotate", .managementKey, limit: limits.changeKeys, errors: .object(), rotate),
        ]
    }

    private var keys: AccountKeys { AccountKeys(admission: admission, ledger: ledger) }

    private func list(_ request: ControlRequest) async throws -> JSON {
        try QueryFields(request.uri).finish()
        let today = admission.time.now().day
        guard let overview = try await ledger.overview(of: request.accountID, today: today) else {
            throw ControlError.unauthorized
        }
        let keys = try overview.keys.filter { $0.record.kind == .client && $0.record.deletedAt == nil }
            .map { try describe($0) }
        let written = JSON.serialized(JSON.array(keys).utf8)
        return .object([("data", written), ("keys", written)])
    }

    private func create(_ request: ControlRequest) async throws -> JSON {
        try await keys.create(request, longestName: Self.longestName) { issued in
            let key = AccountOverview.Key(record: issued.record)
            return .object([
                ("data", try describe(key, secret: issued.secret)), ("key", .string(issued.secret.revealed)),
            ])
        }
    }

    private func get(_ request: ControlRequest) async throws -> JSON {
        try QueryFields(request.uri).finish()
        return .object([("data", try await describe(try await OwnedKeys(ledger: ledger).key(of: request)))])
    }

    private func change(_ request: ControlRequest) async throws -> JSON {
        .object([("data", try await describe(try await keys.change(request, longestName: Self.longestName)))])
    }

    private func delete(_ request: ControlRequest) async throws -> JSON {
        let key = try await OwnedKeys(ledger: ledger).key(of: request)
        let refunded = try await admission.accounts.deleteKey(key.id, by: request.actor)
        return .object([
            ("success", .bool(true)), ("id", .string(key.publicID.description)), ("refunded", .amount(refunded)),
        ])
    }

    private func rotate(_ request: ControlRequest) async throws -> JSON {
        let rotation = try await KeyRotation.perform(request, .snake, admission, ledger)
        let issued = rotation.issued
        return .object([
            ("data", try await describe(issued.record, secret: issued.secret)),
            ("key", .string(issued.secret.revealed)),
            ("old_key_valid_until", .optional(rotation.oldValidUntil) { .string($0.rfc3339Milliseconds) }),
        ])
    }

    // MARK: Shapes

    private func describe(_ key: KeyRecord, secret: Secret? = nil) async throws -> JSON {
        let overview = try await ledger.overview(ofKey: key.id, today: admission.time.now().day)
        return try describe(
            overview ?? AccountOverview.Key(record: key), secret: secret)
    }

    /// - Parameter secret: The secret, where it may be shown; nil shows the masked secret.
    private func describe(_ key: AccountOverview.Key, secret: Secret? = nil) throws -> JSON {
        let record = key.record
        let load = admission.requests.load(of: record.id)
        let id = JSON.string(record.publicID.description)
        let shown = try secret?.revealed ?? SecretMint.masked(admission.accounts.reveal(record))
        return .object(
            [
                ("api_key_id", id), ("id", id), ("key", .string(shown)), ("label", .string(record.label)),
                ("name", .string(record.label)), ("created_at", .string(record.createdAt.rfc3339Milliseconds)),
                ("balance", record.drawsOnAccount ? .null : .amount(record.remaining)),
                ("usage", .amount(record.allSpent)),
                ("minute_limit", .integer(record.limits.requestsPerMinute)),
                ("concurrent_limit", .integer(record.limits.concurrentRequests)),
                ("usage_today", .integer(load?.requestsToday ?? 0)),
                ("usage_minute", .integer(load?.requestsThisMinute ?? 0)),
                ("tokens_minute", .integer(load?.tokensThisMinute ?? 0)),
                ("last_used_at", .optional(key.lastUsedAt) { .string($0.rfc3339Milliseconds) }),
                ("period_spend", .amount(key.periodSpend)),
                ("display_multiplier", .number(record.multiplier.decimal)),
                ("on_shortage", .optional(record.shortage) { .string($0.name) }),
            ] + KeyForm.members(of: record.rules, .snake))
    }
}

extension AccountOverview.Key {
    /// Spending in the window of the spend limit; without a window, in the lifetime of the key.
    var periodSpend: NanoUSD { record.rules.spendLimit?.period == nil ? record.allSpent : spentInPeriod }
}
