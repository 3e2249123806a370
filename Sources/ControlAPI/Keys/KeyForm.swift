import Accounts
import Admission
import Ledger
import Money
import Timekeeping

/// The spelling of field names in a dialect.
enum Spelling: Sendable {
    /// `spendLimit`
    case camel
    /// `spend_limit`
    case snake

    /// Returns a field's name, given in camel case.
    func callAsFunction(_ name: String) -> String {
        guard self == .snake else { return name }
        return name.reduce(into: "") { text, letter in
            text += letter.isUppercase ? "_" + letter.lowercased() : String(letter)
        }
    }
}

/// The rules of a key, as every dialect reads and writes them.
enum KeyForm {
    private static let mostModels = 1000
    private static let mostAddresses = 1000
    private static let longestTag = 100
    private static let longestNotes = 2000
    private static let mostRequests = 1_000_000_000
    private static let mostTokens = 1_000_000_000_000

    private static let periods = Period.allCases.map { ($0.name, $0) }

    /// Reads a change of rules; null removes a rule.
    static func change(
        _ fields: inout JSONFields, _ spelled: Spelling, now: Timestamp
    ) throws(ControlError) -> KeyRulesChange {
        var change = KeyRulesChange()
        change.isEnabled = try flag(&fields, spelled("isEnabled"))
        change.expiresAt = try fields.nullable(spelled("expiresAt")) { (fields, name) throws(ControlError) in
            try fields.moment(name, after: now)
        }
        change.spendLimit = try fields.nullable(spelled("spendLimit")) { (fields, name) throws(ControlError) in
            try fields.limit(name)
        }
        change.spendLimitPeriod = try fields.nullable(spelled("spendLimitPeriod")) {
            (fields, name) throws(ControlError) in try fields.choice(name, of: periods)
        }
        change.creditLimit = try fields.nullable(spelled("creditLimit")) { (fields, name) throws(ControlError) in
            try fields.limit(name)
        }
        change.requestsPerDay = try fields.nullable(spelled("dailyLimit")) { (fields, name) throws(ControlError) in
            try fields.integer(name, in: 0...mostRequests)
        }
        change.tokensPerMinute = try fields.nullable(spelled("tokensPerMinute")) {
            (fields, name) throws(ControlError) in try fields.integer(name, in: 0...mostTokens).map(Int64.init)
        }
        change.allowedModels = try fields.nullable(spelled("allowedModels")) { (fields, name) throws(ControlError) in
            let accepted = "names of models of at most 200 visible ASCII characters, each with a '*' at its end or none"
            return try fields.list(name, maximum: mostModels, of: accepted) { ModelPattern($0) }
        }
        change.allowedAddresses = try fields.nullable(spelled("allowedIps")) { (fields, name) throws(ControlError) in
            let accepted = "IP addresses or CIDR ranges, like 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32"
            return try fields.list(name, maximum: mostAddresses, of: accepted) { AddressRange($0) }
        }
        change.subscription = try fields.nullable("subscription") { (fields, name) throws(ControlError) in
            try subscription(&fields, name)
        }
        change.usesSubscriptionFirst = try flag(&fields, spelled("useSubsFirst"))
        change.fallsBackToBalance = try flag(&fields, spelled("fallbackToPayg"))
        change.environment = try tag(&fields, "environment")
        change.team = try tag(&fields, "team")
        change.project = try tag(&fields, "project")
        change.notes = try fields.nullable("notes") { (fields, name) throws(ControlError) in
            try fields.text(name, maximum: longestNotes, ofLines: true)
        }
        return change
    }

    /// Reads the rules of a new key.
    static func rules(
        _ fields: inout JSONFields, _ spelled: Spelling, now: Timestamp
    ) throws(ControlError) -> KeyRules {
        guard let rules = try change(&fields, spelled, now: now).applied(to: KeyRules()) else {
            throw ControlError(
                .missingField, "'\(spelled("spendLimitPeriod"))' needs '\(spelled("spendLimit"))'",
                field: spelled("spendLimit"))
        }
        return rules
    }

    private static func subscription(
        _ fields: inout JSONFields, _ name: String
    ) throws(ControlError) -> Subscription? {
        guard var inner = try fields.object(name) else { return nil }
        let allowance = try inner.amount("amount")
        let period = try inner.choice("period", of: periods)
        try inner.finish()
        guard let allowance else { throw .missing("\(name).amount") }
        guard let period else { throw .missing("\(name).period") }
        return Subscription(allowance: allowance, period: period)
    }

    /// Null changes nothing, because the rule cannot be removed.
    private static func flag(_ fields: inout JSONFields, _ name: String) throws(ControlError) -> Bool? {
        try fields.nullable(name) { (fields, name) throws(ControlError) in try fields.flag(name) } ?? nil
    }

    private static func tag(_ fields: inout JSONFields, _ name: String) throws(ControlError) -> String?? {
        try fields.nullable(name) { (fields, name) throws(ControlError) in
            try fields.text(name, maximum: longestTag)
        }
    }

    /// Returns the fields of rules.
    ///
    /// - Parameter amount: Formats an amount for the reader.
    static func members(
        of rules: KeyRules, _ spelled: Spelling, amount: (NanoUSD) -> JSON = JSON.amount
    ) -> [(String, JSON)] {
        limits(of: rules, spelled, amount: amount) + [
            (spelled("allowedIps"), .optional(rules.allowedAddresses) { .array($0.map { .string($0.description) }) }),
            ("environment", .optional(rules.environment, JSON.string)),
            ("team", .optional(rules.team, JSON.string)), ("project", .optional(rules.project, JSON.string)),
            ("notes", .optional(rules.notes, JSON.string)),
        ]
    }

    /// Returns the fields of the rules that clients see.
    static func limits(
        of rules: KeyRules, _ spelled: Spelling, amount: (NanoUSD) -> JSON
    ) -> [(String, JSON)] {
        [
            (spelled("isEnabled"), .bool(rules.isEnabled)),
            (spelled("expiresAt"), .optional(rules.expiresAt) { .string($0.rfc3339Milliseconds) }),
            (spelled("spendLimit"), .optional(rules.spendLimit?.amount, amount)),
            (spelled("spendLimitPeriod"), .optional(rules.spendLimit?.period) { .string($0.name) }),
            (spelled("creditLimit"), .optional(rules.creditLimit, amount)),
            (spelled("dailyLimit"), .optional(rules.requestsPerDay, JSON.integer)),
            (spelled("tokensPerMinute"), .optional(rules.tokensPerMinute, JSON.integer)),
            (spelled("allowedModels"), .optional(rules.allowedModels) { .array($0.map { .string($0.text) }) }),
            (
                "subscription",
                .optional(rules.subscription) {
                    .object([("amount", amount($0.allowance)), ("period", .string($0.period.name))])
                }
            ),
            (spelled("useSubsFirst"), .bool(rules.usesSubscriptionFirst)),
            (spelled("fallbackToPayg"), .bool(rules.fallsBackToBalance)),
        ]
    }
}
