import Accounts
import Admission
import HTTPTypes
import Ledger
import Money
import Timekeeping

/// What common clients ask of a key about itself: OpenRouter's own-key answer, and the billing answers that balance
/// widgets of OpenAI-style clients read. Multiplied, like everything that a client sees.
struct OwnKeyRoutes: Sendable {
    let admission: AdmissionControl
    let ledger: any LedgerReader

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
        return .object([
            (
                "data",
                .object([
                    ("label", .string(key.displayID)), ("limit", .amount(key.shownBudget)),
                    ("limit_remaining", .amount(key.shownRemaining)), ("limit_reset", .null),
                    ("usage", .amount(key.shownSpent)), ("usage_daily", .amount(usage.today.shownCost)),
                    ("usage_weekly", .amount(usage.week.shownCost)), ("usage_monthly", .amount(usage.month.shownCost)),
                    ("is_free_tier", .bool(false)), ("is_provisioning_key", .bool(false)), ("expires_at", .null),
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
        let budget = try await keyUsage(request).key.shownBudget
        return .object([
            ("object", .string("billing_subscription")), ("has_payment_method", .bool(true)),
            ("soft_limit_usd", .amount(budget)), ("hard_limit_usd", .amount(budget)),
            ("system_hard_limit_usd", .amount(budget)), ("access_until", .integer(0)),
        ])
    }

    /// The sum of the days from `start_date` until before `end_date`, in cents; of all time without them.
    private func usage(_ request: ControlRequest) async throws -> JSON {
        var query = QueryFields(request.uri)
        let start = try query.day("start_date")
        let end = try query.day("end_date")
        try query.finish()
        let id = try request.caller.keyID
        let sum = try await ledger.usage(ofKey: id, from: start, before: end)
        return .object([("object", .string("list")), ("total_usage", .number(sum.shownCost.cents))])
    }

    private func keyUsage(_ request: ControlRequest) async throws -> KeyUsage {
        let today = admission.time.now().day
        guard let usage = try await ledger.keyUsage(request.caller.keyID, today: today) else {
            throw ControlError.unauthorized
        }
        return usage
    }
}

extension NanoUSD {
    /// The amount as a decimal number of cents.
    fileprivate var cents: String {
        let (scaled, overflow) = nanos.multipliedReportingOverflow(by: 100)
        return overflow ? decimal + "e2" : NanoUSD(nanos: scaled).decimal
    }
}
