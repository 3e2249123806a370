import Accounts
import Admission
import HTTPTypes
import Ledger
import Money
import Timekeeping

/// The alert thresholds of an account, and its active warnings.
struct AlertRoutes: Sendable {
    let admission: AdmissionServices
    let ledger: any AccountReader & KeyReader

    var table: [ControlRoute] {
        [ControlRoute(.get, "/alerts", .accountKey, read), ControlRoute(.put, "/alerts", .accountKey, write)]
    }

    private func read(_ request: ControlRequest) async throws -> JSON {
        try QueryFields(request.uri).finish()
        return try await answer(try await ledger.alerts(of: request.accountID), for: try request.accountID)
    }

    /// Replaces all thresholds; a threshold that is missing is removed.
    private func write(_ request: ControlRequest) async throws -> JSON {
        var fields = try JSONFields(request.body)
        var alerts = Alerts()
        alerts.availableBelow =
            try fields.nullable("availableBelow") { (fields, name) throws(ControlError) in
                try fields.limit(name)
            } ?? nil
        alerts.keyLeftPercent =
            try fields.nullable("keyLeftPercent") { (fields, name) throws(ControlError) in
                try fields.integer(name, in: 1...99)
            } ?? nil
        alerts.daysToExpiry =
            try fields.nullable("daysToExpiry") { (fields, name) throws(ControlError) in
                try fields.integer(name, in: 1...365)
            } ?? nil
        try fields.finish()
        try await admission.preferences.setAlerts(alerts, of: request.accountID, by: request.actor)
        return try await answer(alerts, for: try request.accountID)
    }

    private func answer(_ alerts: Alerts, for id: AccountID) async throws -> JSON {
        guard let account = try await ledger.account(id) else { throw ControlError.unauthorized }
        let keys = try await ledger.clientKeys(of: id)
        let now = admission.time.now()
        let held = try await ledger.policyHolds(of: id)
        let low = alerts.availableBelow.map { account.available < $0 } ?? false
        let warnings =
            (low ? [JSON.object([("kind", .string("balance")), ("available", .amount(account.available))])] : [])
            + keys.filter { held[$0.id] != nil }.map { Self.describe("keyHeld", $0) }
            + keys.flatMap { key in Self.warnings(of: key, alerts, now).map { Self.describe($0, key) } }
        return .object([
            ("availableBelow", .optional(alerts.availableBelow, JSON.amount)),
            ("keyLeftPercent", .optional(alerts.keyLeftPercent, JSON.integer)),
            ("daysToExpiry", .optional(alerts.daysToExpiry, JSON.integer)), ("active", .array(warnings)),
        ])
    }

    /// Returns the kinds of the active warnings of a key; a disabled or expired key has none.
    private static func warnings(of key: KeyRecord, _ alerts: Alerts, _ now: Timestamp) -> [String] {
        guard key.rules.isEnabled, key.rules.expiresAt.map({ $0 > now }) ?? true else { return [] }
        var warnings: [String] = []
        if let percent = alerts.keyLeftPercent, let left = key.allRemaining, let all = key.allBudget,
            Int128(left.nanos) * 100 < Int128(all.nanos) * Int128(percent)
        {
            warnings.append("keyLow")
        }
        if let days = alerts.daysToExpiry, let end = key.rules.expiresAt,
            end <= now.advanced(by: .seconds(days * 86_400))
        {
            warnings.append("keyExpires")
        }
        return warnings
    }

    private static func describe(_ kind: String, _ key: KeyRecord) -> JSON {
        .object([
            ("kind", .string(kind)), ("id", .string(key.publicID.description)), ("label", .string(key.label)),
            ("keyId", .string(key.displayID)), ("remainingVirtual", .optional(key.allRemaining, JSON.amount)),
            ("expiresAt", .optional(key.rules.expiresAt) { .string($0.rfc3339Milliseconds) }),
        ])
    }
}
