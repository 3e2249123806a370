import Accounts
import Admission
import HTTPTypes
import Ledger
import Money
import Timekeeping

/// The reseller dialect, `derouter`'s: accounts manage client keys, clients read their own balance and logs.
struct ResellerRoutes: Sendable {
    let admission: AdmissionServices
    let ledger: any AccountReader & KeyReader & RequestLogReader & UsageReader

    var table: [ControlRoute] {
        [
            ControlRoute(.get, "/balance", .accountKey, balance),
            ControlRoute(.get, "/sub-keys", .accountKey, listKeys),
            ControlRoute(.post, "/sub-keys", .accountKey, isRepeatable: true, createKey),
            ControlRoute(.put, "/sub-keys/:id", .accountKey, isRepeatable: true, updateKey),
            ControlRoute(.delete, "/sub-keys/:id", .accountKey, deleteKey),
            ControlRoute(.post, "/sub-keys/:id/rotate", .accountKey, rotateKey),
            ControlRoute(.get, "/usage-logs", .accountKey, answering: accountLogs),
            ControlRoute(.get, "/sub-key/balance", .clientKey, clientBalance),
            ControlRoute(.get, "/sub-key/usage", .clientKey, clientUsage),
            ControlRoute(.get, "/sub-key/usage-logs", .clientKey, answering: clientLogs),
        ]
    }

    // MARK: Account

    private func balance(_ request: ControlRequest) async throws -> JSON {
        let query = QueryFields(request.uri)
        try query.finish()
        guard let account = try await ledger.account(request.accountID) else { throw ControlError.unauthorized }
        return .object(BalanceAnswer.members(of: account))
    }

    private func listKeys(_ request: ControlRequest) async throws -> JSON {
        let query = QueryFields(request.uri)
        try query.finish()
        let today = admission.time.now().day
        guard let overview = try await ledger.overview(of: request.accountID, today: today) else {
            throw ControlError.unauthorized
        }
        let keys = overview.keys.filter { $0.record.kind == .client && $0.record.deletedAt == nil }
        return .object([
            (
                "subKeys",
                .array(
                    try keys.map {
                        .object(
                            try members(of: $0.record) + [
                                ("lastUsedAt", .optional($0.lastUsedAt) { .string($0.rfc3339) })
                            ])
                    })
            )
        ])
    }

    private func createKey(_ request: ControlRequest) async throws -> JSON {
        var fields = try JSONFields(request.body)
        let maximum = admission.policy.clientMaximum
        let standard = admission.policy.clientDefault
        let budget = try fields.nullable("budgetVirtual") { (fields, name) throws(ControlError) in
            try fields.amount(name)
        }
        var order = KeyOrder(
            budget: budget ?? nil,
            limits: KeyLimits(
                requestsPerMinute: try fields.integer("rpmLimit", in: 1...maximum.requestsPerMinute)
                    ?? standard.requestsPerMinute,
                concurrentRequests: try fields.integer("concurrentLimit", in: 1...maximum.concurrentRequests)
                    ?? standard.concurrentRequests))
        order.label = try fields.text("label", maximum: KeyRecord.longestLabel) ?? ""
        let named = try fields.multiplier("displayMultiplier")
        let clientBudget = try fields.amount("clientBudget")
        order.shortage = try fields.shortage("onShortage")
        order.rules = try KeyForm.rules(&fields, .camel, now: admission.time.now())
        try fields.finish()
        guard budget != nil else { throw ControlError.missing("budgetVirtual") }
        order.multiplier = try Self.multiplier(named, clientBudget: clientBudget, budget: order.budget)
        let issued = try await admission.accounts.createKey(
            of: request.accountID, order, call: request.call(Self.describe), by: request.actor)
        return Self.describe(issued)
    }

    private static func describe(_ issued: IssuedKey) -> JSON {
        let key = issued.record
        return .object(
            [
                ("id", .string(key.publicID.description)), ("key", .string(issued.secret.revealed)),
                ("keyId", .string(key.displayID)), ("label", .string(key.label)),
                ("budgetVirtual", .optional(key.allBudget, JSON.amount)),
                ("rpmLimit", .integer(key.limits.requestsPerMinute)),
                ("concurrentLimit", .integer(key.limits.concurrentRequests)),
                ("displayMultiplier", .number(key.multiplier.decimal)),
                ("clientBudget", .optional(key.shownBudget, JSON.amount)),
                ("createdAt", .string(key.createdAt.rfc3339)),
                ("onShortage", .optional(key.shortage) { .string($0.name) }),
            ] + KeyForm.members(of: key.rules, .camel))
    }

    private func updateKey(_ request: ControlRequest) async throws -> JSON {
        let key = try await OwnedKeys(ledger: ledger).key(of: request)
        var fields = try JSONFields(request.body)
        let maximum = admission.policy.clientMaximum
        var change = KeyChange(
            label: try fields.text("label", maximum: KeyRecord.longestLabel),
            requestsPerMinute: try fields.integer("rpmLimit", in: 1...maximum.requestsPerMinute),
            concurrentRequests: try fields.integer("concurrentLimit", in: 1...maximum.concurrentRequests),
            multiplier: try fields.multiplier("displayMultiplier"), shortage: try fields.shortage("onShortage"),
            rules: try KeyForm.change(&fields, .camel, now: admission.time.now()))
        let added = try fields.amount("addBudgetVirtual")
        let reduced = try fields.amount("reduceBudgetVirtual")
        try fields.finish()
        guard added == nil || reduced == nil else {
            throw ControlError.conflicting("Give either 'addBudgetVirtual' or 'reduceBudgetVirtual', not both")
        }
        change.budgetChange = (added ?? .zero) - (reduced ?? .zero)
        guard change != KeyChange() else { throw ControlError.nothingToChange }
        return try describe(
            try await admission.accounts.changeKey(key.id, change, call: request.call(describe), by: request.actor))
    }

    private func deleteKey(_ request: ControlRequest) async throws -> JSON {
        let key = try await OwnedKeys(ledger: ledger).key(of: request)
        let refunded = try await admission.accounts.deleteKey(key.id, by: request.actor)
        return .object([("success", .bool(true)), ("refunded", .amount(refunded))])
    }

    private func rotateKey(_ request: ControlRequest) async throws -> JSON {
        try describe(try await KeyRotation.perform(request, .camel, admission, ledger).issued.record)
    }

    private func accountLogs(_ request: ControlRequest) async throws -> ControlAnswer {
        let account = try request.accountID
        var query = QueryFields(request.uri)
        let id = query.text("subKeyId")
        let isAccountOnly = try query.flag("accountOnly") ?? false
        let logs = try LogQuery(&query, accept: request.headers[.accept])
        guard id == nil || !isAccountOnly else {
            throw ControlError.conflicting("Give either 'subKeyId' or 'accountOnly', not both")
        }
        var owner = RowOwner.account(account)
        if let id {
            owner = .key(try await OwnedKeys(ledger: ledger).key(id, of: account).id)
        } else if isAccountOnly {
            guard let own = try await ledger.ownKey(of: account) else { throw ControlError.unauthorized }
            owner = .key(own.id)
        }
        return try await logs.answer(for: owner, as: .account, ledger)
    }

    // MARK: Client

    private func clientBalance(_ request: ControlRequest) async throws -> JSON {
        let query = QueryFields(request.uri)
        try query.finish()
        let today = admission.time.now().day
        guard let usage = try await ledger.keyUsage(request.key.keyID, today: today) else {
            throw ControlError.unauthorized
        }
        let key = usage.key
        let load = admission.requests.load(of: key.id)
        return .object(
            [
                ("budget", .optional(key.shownBudget, JSON.amount)), ("spent", .amount(key.shownSpent)),
                ("remaining", .optional(key.shownRemaining, JSON.amount)),
                ("held", .amount(key.multiplier.shown(key.held + key.drawnHeld))),
                ("rpmLimit", .integer(key.limits.requestsPerMinute)),
                ("concurrentLimit", .integer(key.limits.concurrentRequests)), ("label", .string(key.label)),
                (
                    "now",
                    .object([
                        ("requestsThisMinute", .integer(load?.requestsThisMinute ?? 0)),
                        ("requestsInFlight", .integer(load?.requestsInFlight ?? 0)),
                        ("requestsToday", .integer(load?.requestsToday ?? 0)),
                        ("tokensThisMinute", .integer(load?.tokensThisMinute ?? 0)),
                    ])
                ),
                (
                    "usage",
                    .object([
                        ("today", Self.window(usage.today)), ("week", Self.window(usage.week)),
                        ("month", Self.window(usage.month)), ("total", Self.window(usage.total)),
                    ])
                ),
            ] + KeyForm.limits(of: key.rules, .camel) { .amount(key.multiplier.shown($0)) })
    }

    /// Answers with the key's usage on each of the last days, days without a request included, and by model.
    private func clientUsage(_ request: ControlRequest) async throws -> JSON {
        var query = QueryFields(request.uri)
        let count = try query.integer("days", in: 1...366) ?? 30
        try query.finish()
        let days = admission.time.now().day.last(count)
        let points = try await ledger.usageByModel(ofKey: request.key.keyID, from: days[0])
        let byDay = Dictionary(grouping: points, by: \.start.day)
        let models = Dictionary(grouping: points, by: \.model).mapValues { $0.map(\.sum).total }
        return .object([
            (
                "days",
                .array(
                    days.map { day in
                        let points = byDay[day] ?? []
                        return .object(
                            [("date", .string(day.date))]
                                + Self.members(of: points.map(\.sum).total) + [
                                    ("models", .array(points.map { Self.describe($0.model, $0.sum) }))
                                ])
                    })
            ),
            (
                "models",
                .array(
                    models.sorted { ($1.value.shownCost, $0.key) < ($0.value.shownCost, $1.key) }
                        .map { Self.describe($0.key, $0.value) })
            ),
        ])
    }

    private static func describe(_ model: String, _ sum: UsageSum) -> JSON {
        .object([("model", .string(model))] + members(of: sum))
    }

    private func clientLogs(_ request: ControlRequest) async throws -> ControlAnswer {
        var query = QueryFields(request.uri)
        let logs = try LogQuery(&query, accept: request.headers[.accept])
        return try await logs.answer(for: .key(request.key.keyID), as: .client, ledger)
    }

    // MARK: Shapes

    private static func multiplier(
        _ named: DisplayMultiplier?, clientBudget: NanoUSD?, budget: NanoUSD?
    ) throws(ControlError) -> DisplayMultiplier {
        guard let clientBudget else { return named ?? .one }
        guard named == nil else {
            throw .conflicting("Give either 'displayMultiplier' or 'clientBudget', not both")
        }
        guard let budget, let multiplier = DisplayMultiplier(shown: clientBudget, real: budget) else {
            throw .invalid("clientBudget", "an amount of at least 'budgetVirtual'")
        }
        return multiplier
    }

    @Sendable private func describe(_ key: KeyRecord) throws -> JSON { .object(try members(of: key)) }

    private func members(of key: KeyRecord) throws -> [(String, JSON)] {
        [
            ("id", .string(key.publicID.description)), ("label", .string(key.label)),
            ("keyId", .string(key.displayID)), ("key", .string(try admission.accounts.reveal(key).revealed)),
            ("budgetVirtual", .optional(key.allBudget, JSON.amount)), ("spentVirtual", .amount(key.allSpent)),
            ("remainingVirtual", .optional(key.allRemaining, JSON.amount)),
            ("clientBudget", .optional(key.shownBudget, JSON.amount)), ("clientSpent", .amount(key.shownSpent)),
            ("rpmLimit", .integer(key.limits.requestsPerMinute)),
            ("concurrentLimit", .integer(key.limits.concurrentRequests)),
            ("displayMultiplier", .number(key.multiplier.decimal)),
            ("createdAt", .string(key.createdAt.rfc3339)),
            ("onShortage", .optional(key.shortage) { .string($0.name) }),
        ] + KeyForm.members(of: key.rules, .camel)
    }

    private static func window(_ sum: UsageSum) -> JSON { .object(members(of: sum)) }

    private static func members(of sum: UsageSum) -> [(String, JSON)] {
        [
            ("requests", .integer(sum.requests)), ("inputTokens", .integer(sum.inputTokens)),
            ("outputTokens", .integer(sum.outputTokens)),
            ("totalTokens", .integer(sum.inputTokens + sum.outputTokens)), ("cost", .amount(sum.shownCost)),
        ]
    }
}
