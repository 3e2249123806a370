import Accounts
import Admission
import HTTPTypes
import Ledger
import Money
import Timekeeping

/// What common clients read about the presented key: OpenRouter's own-key answer, and the billing answers that balance
/// widgets of OpenAI-style clients read. All amounts are multiplied by the display multiplier.
struct OwnKeyRoutes: Sendable {
    let admission: AdmissionServices
    let ledger: any UsageReader

    var table: [ControlRoute] {
        ["/v1/key", "/api/v1/key"].map { ControlRoute(.get, $0, .clientKey, ownKey) }
            + ["", "/v1"].flatMap { prefix in
                [
                    ControlRoute(.get, prefix + "/dashboard/billing/subscription", .clientKey, subscription),
                    ControlRoute(.get, prefix + "/dashboard/billing/usage", .clientKey, usage),
                ]
            }
    }

    private func ownKey(_ request: ControlRequest) async throws -> JSON {
        try QueryFields(request.uri).finish()
        let usage = try await keyUsage(request)
        let key = usage.key
        let limit = usage.shownLimit
        return .object([
            (
                "data",
                .object([
                    ("label", .string(key.displayID)), ("limit", .optional(limit.amount, JSON.amount)),
                    ("limit_remaining", .optional(limit.remaining, JSON.amount)),
                    ("limit_reset", .optional(limit.reset, JSON.string)),
                    ("usage", .amount(key.shownSpent)), ("usage_daily", .amount(usage.today.shownCost)),
                    ("usage_weekly", .amount(usage.week.shownCost)), ("usage_monthly", .amount(usage.month.shownCost)),
                    ("is_free_tier", .bool(false)), ("is_provisioning_key", .bool(false)),
                    ("expires_at", .optional(key.rules.expiresAt) { .string($0.rfc3339Milliseconds) }),
                    (
                        "rate_limit",
                        .object([("requests", .integer(key.limits.requestsPerMinute)), ("interval", .string("1m"))])
                    ),
                ])
            )
        ])
    }

    private func subscription(_ request: ControlRequest) async throws -> JSON {
        try QueryFields(request.uri).finish()
        let budget = try await keyUsage(request).key.shownBudget ?? Self.unlimited
        return .object([
            ("object", .string("billing_subscription")), ("has_payment_method", .bool(true)),
            ("soft_limit_usd", .amount(budget)), ("hard_limit_usd", .amount(budget)),
            ("system_hard_limit_usd", .amount(budget)), ("access_until", .integer(0)),
        ])
    }

    /// Returns the cost of the days from `start_date` up to and without `end_date`, in cents; all without dates.
    private func usage(_ request: ControlRequest) async throws -> JSON {
        var query = QueryFields(request.uri)
        let start = try query.day("start_date")
        let end = try query.day("end_date")
        try query.finish()
        let id = try request.key.keyID
        let sum = try await ledger.usage(ofKey: id, from: start, before: end)
        return .object([("object", .string("list")), ("total_usage", .number(sum.shownCost.cents))])
    }

    /// The budget that widgets, which accept only numbers, show for a key without a budget.
    private static let unlimited = NanoUSD(dollars: 100_000_000)

    private func keyUsage(_ request: ControlRequest) async throws -> KeyUsage {
        let today = admission.time.now().day
        guard let usage = try await ledger.keyUsage(request.key.keyID, today: today) else {
            throw ControlError.unauthorized
        }
        return usage
    }
}

extension KeyUsage {
    /// The spend limit of the key's window if it has one, else the lifetime limit.
    fileprivate var shownLimit: (amount: NanoUSD?, remaining: NanoUSD?, reset: String?) {
        guard let limit = key.rules.spendLimit, let period = limit.period else {
            return (key.shownBudget, key.shownRemaining, nil)
        }
        let (spent, reset) =
            switch period {
            case .day: (today.shownCost, "daily")
            case .week: (week.shownCost, "weekly")
            case .month: (month.shownCost, "monthly")
            }
        let amount = key.multiplier.shown(limit.amount)
        let left = max(.zero, amount - spent)
        return (amount, key.shownRemaining.map { min($0, left) } ?? left, reset)
    }
}

extension NanoUSD {
    /// The amount as a decimal number of cents.
    fileprivate var cents: String {
        let (scaled, overflow) = nanos.multipliedReportingOverflow(by: 100)
        return overflow ? decimal + "e2" : NanoUSD(nanos: scaled).decimal
    }
}
