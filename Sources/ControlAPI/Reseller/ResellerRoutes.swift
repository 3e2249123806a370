import Accounts
import Admission
import HTTPTypes
import Ledger
import Money
import Timekeeping

/// The reseller dialect, `derouter`'s: accounts manage client keys, clients read their own balance and logs.
struct ResellerRoutes: Sendable {
    let admission: AdmissionControl
    let ledger: any LedgerReader

    var table: [ControlRoute] {
        [
            ControlRoute(.get, "/balance", .accountKey, balance),
            ControlRoute(.get, "/sub-keys", .accountKey, listKeys),
            ControlRoute(.post, "/sub-keys", .accountKey, isRepeatable: true, createKey),
            ControlRoute(.put, "/sub-keys/:id", .accountKey, isRepeatable: true, updateKey),
            ControlRoute(.delete, "/sub-keys/:id", .accountKey, deleteKey),
            ControlRoute(.get, "/usage-logs", .accountKey, accountLogs),
            ControlRoute(.get, "/sub-key/balance", .clientKey, clientBalance),
            ControlRoute(.get, "/sub-key/usage-logs", .clientKey, clientLogs),
        ]
    }

    // MARK: Account

    private func balance(_ request: ControlRequest) async throws -> JSON {
        let query = QueryFields(request.uri)
        try query.finish()
        guard let account = try await ledger.account(request.caller.accountID) else { throw ControlError.unauthorized }
        return .object(BalanceAnswer.members(of: account))
    }

    private func listKeys(_ request: ControlRequest) async throws -> JSON {
        let query = QueryFields(request.uri)
        try query.finish()
        let keys = try await ledger.clientKeys(of: request.caller.accountID)
        return .object([("subKeys", .array(try keys.map { try describe($0) }))])
    }

    private func createKey(_ request: ControlRequest) async throws -> JSON {
        let caller = try request.caller
        var fields = try JSONFields(request.body)
        let maximum = admission.policy.clientMaximum
        let standard = admission.policy.clientDefault
        let budget = try fields.amount("budgetVirtual")
        let label = try fields.text("label", maximum: Self.maximumLabel) ?? ""
        let limits = KeyLimits(
            requestsPerMinute: try fields.integer("rpmLimit", in: 1...maximum.requestsPerMinute)
                ?? standard.requestsPerMinute,
            concurrentRequests: try fields.integer("concurrentLimit", in: 1...maximum.concurrentRequests)
                ?? standard.concurrentRequests)
        let named = try fields.multiplier("displayMultiplier")
        let clientBudget = try fields.amount("clientBudget")
        let shortage = try fields.shortage("onShortage")
        try fields.finish()
        guard let budget else { throw ControlError.badRequest("Missing required field 'budgetVirtual'") }
        let multiplier = try Self.multiplier(named, clientBudget: clientBudget, budget: budget)
        let issued = try await admission.createKey(
            of: caller.accountID, label: label, budget: budget, limits: limits, multiplier: multiplier,
            shortage: shortage, call: request.call(Self.describe))
        return Self.describe(issued)
    }

    private static func describe(_ issued: IssuedKey) -> JSON {
        let key = issued.record
        return .object([
            ("id", .string(key.publicID.description)), ("key", .string(issued.secret.revealed)),
            ("keyId", .string(key.displayID)), ("label", .string(key.label)), ("budgetVirtual", .amount(key.budget)),
            ("rpmLimit", .integer(key.limits.requestsPerMinute)),
            ("concurrentLimit", .integer(key.limits.concurrentRequests)),
            ("displayMultiplier", .number(key.multiplier.decimal)), ("clientBudget", .amount(key.shownBudget)),
            ("createdAt", .string(key.createdAt.rfc3339)),
            ("onShortage", key.shortage.map { .string($0.name) } ?? .null),
        ])
    }

    private func updateKey(_ request: ControlRequest) async throws -> JSON {
        let key = try await ownedKey(request)
        var fields = try JSONFields(request.body)
        let maximum = admission.policy.clientMaximum
        var change = KeyChange(
            label: try fields.text("label", maximum: Self.maximumLabel),
            requestsPerMinute: try fields.integer("rpmLimit", in: 1...maximum.requestsPerMinute),
            concurrentRequests: try fields.integer("concurrentLimit", in: 1...maximum.concurrentRequests),
            multiplier: try fields.multiplier("displayMultiplier"), shortage: try fields.shortage("onShortage"))
        let added = try fields.amount("addBudgetVirtual")
        let reduced = try fields.amount("reduceBudgetVirtual")
        try fields.finish()
        guard added == nil || reduced == nil else {
            throw ControlError.badRequest("Give either 'addBudgetVirtual' or 'reduceBudgetVirtual', not both")
        }
        change.budgetChange = (added ?? .zero) - (reduced ?? .zero)
        guard change != KeyChange() else { throw ControlError.badRequest("Nothing to change: the body has no fields") }
        return try describe(try await admission.changeKey(key.id, change, call: request.call(describe)))
    }

    private func deleteKey(_ request: ControlRequest) async throws -> JSON {
        let key = try await ownedKey(request)
        let refunded = try await admission.deleteKey(key.id)
        return .object([("success", .bool(true)), ("refunded", .amount(refunded))])
    }

    private func accountLogs(_ request: ControlRequest) async throws -> JSON {
        let caller = try request.caller
        var query = QueryFields(request.uri)
        let page = try query.page()
        let keyID = query.text("subKeyId")
        let isAccountOnly = try query.flag("accountOnly") ?? false
        try query.finish()
        let rows: LedgerPage
        if let keyID {
            guard !isAccountOnly else {
                throw ControlError.badRequest("Give either 'subKeyId' or 'accountOnly', not both")
            }
            // Deleted keys keep their logs.
            guard let id = UUIDv7(keyID), let key = try await ledger.key(publicID: id),
                key.accountID == caller.accountID, key.kind == .client
            else { throw ControlError.notFound("Key") }
            rows = try await ledger.rows(ofKey: key.id, page: page)
        } else if isAccountOnly {
            guard let own = try await ledger.ownKey(of: caller.accountID) else { throw ControlError.unauthorized }
            rows = try await ledger.rows(ofKey: own.id, page: page)
        } else {
            rows = try await ledger.rows(ofAccount: caller.accountID, page: page)
        }
        return LogAnswer.page(rows, page) { LogAnswer.row($0, cost: $0.cost) }
    }

    // MARK: Client

    private func clientBalance(_ request: ControlRequest) async throws -> JSON {
        let query = QueryFields(request.uri)
        try query.finish()
        let today = admission.time.now().day
        guard let usage = try await ledger.keyUsage(request.caller.keyID, today: today) else {
            throw ControlError.unauthorized
        }
        let key = usage.key
        return .object([
            ("budget", .amount(key.shownBudget)), ("spent", .amount(key.shownSpent)),
            ("remaining", .amount(key.shownRemaining)), ("rpmLimit", .integer(key.limits.requestsPerMinute)),
            ("concurrentLimit", .integer(key.limits.concurrentRequests)), ("label", .string(key.label)),
            (
                "usage",
                .object([
                    ("today", Self.window(usage.today)), ("week", Self.window(usage.week)),
                    ("month", Self.window(usage.month)), ("total", Self.window(usage.total)),
                ])
            ),
        ])
    }

    private func clientLogs(_ request: ControlRequest) async throws -> JSON {
        var query = QueryFields(request.uri)
        let page = try query.page()
        try query.finish()
        let rows = try await ledger.rows(ofKey: request.caller.keyID, page: page)
        return LogAnswer.page(rows, page) { LogAnswer.row($0, cost: $0.shownCost, keyID: $0.keyDisplayID) }
    }

    // MARK: Shapes

    private static let maximumLabel = 200

    private static func multiplier(
        _ named: DisplayMultiplier?, clientBudget: NanoUSD?, budget: NanoUSD
    ) throws(ControlError) -> DisplayMultiplier {
        guard let clientBudget else { return named ?? .one }
        guard named == nil else {
            throw .badRequest("Give either 'displayMultiplier' or 'clientBudget', not both")
        }
        guard let multiplier = DisplayMultiplier(shown: clientBudget, real: budget) else {
            throw .invalid("clientBudget", "an amount of at least 'budgetVirtual'")
        }
        return multiplier
    }

    private func ownedKey(_ request: ControlRequest) async throws -> KeyRecord {
        guard let id = request.id.flatMap({ UUIDv7($0) }), let key = try await ledger.key(publicID: id),
            key.accountID == (try request.caller.accountID), key.kind == .client, key.deletedAt == nil
        else { throw ControlError.notFound("Key") }
        return key
    }

    @Sendable private func describe(_ key: KeyRecord) throws -> JSON {
        .object([
            ("id", .string(key.publicID.description)), ("label", .string(key.label)),
            ("keyId", .string(key.displayID)), ("key", .string(try admission.reveal(key).revealed)),
            ("budgetVirtual", .amount(key.budget)), ("spentVirtual", .amount(key.spent)),
            ("remainingVirtual", .amount(key.remaining)), ("rpmLimit", .integer(key.limits.requestsPerMinute)),
            ("concurrentLimit", .integer(key.limits.concurrentRequests)),
            ("displayMultiplier", .number(key.multiplier.decimal)),
            ("createdAt", .string(key.createdAt.rfc3339)),
            ("onShortage", key.shortage.map { .string($0.name) } ?? .null),
        ])
    }

    private static func window(_ sum: UsageSum) -> JSON {
        .object([
            ("requests", .integer(sum.requests)), ("inputTokens", .integer(sum.inputTokens)),
            ("outputTokens", .integer(sum.outputTokens)),
            ("totalTokens", .integer(sum.inputTokens + sum.outputTokens)), ("cost", .amount(sum.shownCost)),
        ])
    }
}
