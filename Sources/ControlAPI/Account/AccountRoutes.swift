import Accounts
import Admission
import HTTPTypes
import Ledger
import Metering
import Money
import Timekeeping

/// The account dialect of management keys: balance, activity and analytics of an account, at real cost.
struct AccountRoutes: Sendable {
    let admission: AdmissionServices
    let ledger: any AccountReader & KeyReader & RequestLogReader & UsageReader
    let limits: AccountLimits
    private let cache = AnalyticsCache()

    init(
        admission: AdmissionServices, ledger: any AccountReader & KeyReader & RequestLogReader & UsageReader,
        limits: AccountLimits
    ) {
        self.admission = admission
        self.ledger = ledger
        self.limits = limits
    }

    var table: [ControlRoute] {
        [
            ControlRoute(
                .get, "/v1/account/balance", .managementKey, limit: limits.balance, errors: .object(), balance),
            ControlRoute(
                .get, "/v1/account/activity", .managementKey, limit: limits.activity, errors: .object(), activity),
            ControlRoute(
                .get, "/v1/account/analytics", .managementKey, limit: limits.analytics, errors: .object(),
                answering: analytics),
        ]
    }

    private func balance(_ request: ControlRequest) async throws -> JSON {
        try QueryFields(request.uri).finish()
        guard let account = try await ledger.account(request.accountID) else { throw ControlError.unauthorized }
        return .object([("balance", .amount(account.balance))])
    }

    // MARK: Activity

    private func activity(_ request: ControlRequest) async throws -> JSON {
        let account = try request.accountID
        var query = QueryFields(request.uri)
        let limit = try query.integer("limit", in: 1...200) ?? 50
        let offset = try query.integer("offset", in: 0...1_000_000_000_000) ?? 0
        let days = try query.integer("days", in: 1...30)
        try query.finish()
        let names = try await ledger.keyNames(of: account)
        let start = days.map { Day(number: admission.time.now().day.number - Int64($0) + 1) }
        let page = try await ledger.rows(of: .account(account), page: Page(skipping: Int64(offset), size: limit))
        let rows = page.rows.filter { row in start.map { row.startedAt.day >= $0 } ?? true }
        var members: [(String, JSON)] = [
            ("data", .array(rows.map { Self.describe($0, names[$0.keyID]) })), ("limit", .integer(limit)),
            ("offset", .integer(offset)),
        ]
        if let start, let days {
            async let points = ledger.usageByModel(of: account, from: start.start, model: nil, in: .day)
            async let byKey = ledger.usageByKey(of: account, from: start, model: nil)
            let report = UsageReport(points: try await points, byKey: try await byKey, names: names)
            members += [
                ("period_days", .integer(days)),
                (
                    "total_stats",
                    .object([
                        ("total_requests", .integer(report.total.requests)), ("total_cost", .amount(report.total.cost)),
                        ("total_input_tokens", .integer(report.total.inputTokens)),
                        ("total_output_tokens", .integer(report.total.outputTokens)),
                    ])
                ),
                ("daily_stats", report.series(from: start.start, steps: days, of: .day, named: "date")),
                ("top_models", report.topModels), ("api_key_usage", report.keys),
            ]
        }
        return .object(members)
    }

    private static func describe(_ row: LedgerRow, _ key: KeyName?) -> JSON {
        .object([
            ("id", .string(row.requestID.requestText)), ("model", .string(row.model)), ("cost", .amount(row.cost)),
            ("created_at", .string(row.startedAt.rfc3339)),
            ("api_key_id", .optional(key) { .string($0.publicID.description) }),
            ("api_key_name", .optional(key) { .string($0.label) }), ("input_tokens", .integer(row.usage.allInput)),
            ("output_tokens", .integer(row.usage.output)), ("duration_ms", .integer(row.durationMilliseconds)),
            ("status", .integer(row.status)), ("ending", .string(row.ending.name)),
        ])
    }

    // MARK: Analytics

    private enum Span: String, CaseIterable {
        case day = "24h"
        case week = "7d"
        case month = "30d"
        case all = "all"
    }

    private func analytics(_ request: ControlRequest) async throws -> ControlAnswer {
        var query = QueryFields(request.uri)
        let text = query.text("period") ?? Span.month.rawValue
        let model = query.text("model")
        try query.finish()
        guard let span = Span(rawValue: text) else {
            throw ControlError.invalid("period", "one of " + Span.allCases.map(\.rawValue).joined(separator: ", "))
        }
        guard model.map({ !$0.isEmpty && $0.unicodeScalars.count <= 200 }) ?? true else {
            throw ControlError.invalid("model", "1 to 200 characters")
        }
        let place = AnalyticsCache.Place(account: try request.accountID, period: text, model: model)
        if let kept = cache.answer(place, now: admission.time.monotonicNanoseconds()) {
            return ControlAnswer(headers: [.cacheStatus: "HIT"], body: .json(.serialized(kept)))
        }
        let answer = try await report(span, of: place.account, model: model).utf8
        cache.keep(answer, at: place, now: admission.time.monotonicNanoseconds())
        return ControlAnswer(headers: [.cacheStatus: "MISS"], body: .json(.serialized(answer)))
    }

    /// Maximum number of rows that are added up individually: the last 24 hours start inside a day, while totals by key
    /// are per day.
    private static let mostCountedRows = 5000

    private func report(_ span: Span, of account: AccountID, model: String?) async throws -> JSON {
        let now = admission.time.now()
        let step: UsageStep = span == .day ? .hour : .day
        let steps: Int? =
            switch span {
            case .day: 24
            case .week: 7
            case .month: 30
            case .all: nil
            }
        let start = steps.map { steps in
            Timestamp(
                milliseconds: (now.milliseconds / step.rawValue - Int64(steps) + 1) * step.rawValue)
        }
        async let names = ledger.keyNames(of: account)
        // For the last 24 hours, the number of rows decides which query is used.
        async let daily = span == .day ? nil : ledger.usageByKey(of: account, from: start?.day, model: model)
        let points = try await ledger.usageByModel(of: account, from: start, model: model, in: step)
        let requests = points.reduce(0) { $0 + $1.sum.requests }
        let counted = start.flatMap { span == .day && requests <= Self.mostCountedRows ? $0 : nil }
        let byKey =
            if let counted {
                try await ledger.usageByKey(of: account, since: counted, model: model)
            } else {
                if let daily = try await daily {
                    daily
                } else {
                    try await ledger.usageByKey(of: account, from: start?.day, model: model)
                }
            }
        let report = UsageReport(points: points, byKey: byKey, names: try await names)
        let first = start ?? points.first?.start
        return .object([
            ("period", .string(span.rawValue)), ("model", .optional(model, JSON.string)),
            ("start", .optional(first) { .string($0.rfc3339) }), ("end", .string(now.rfc3339)),
            ("totals", .object(UsageReport.members(of: report.total))),
            (
                "time_series",
                report.series(from: first, steps: steps, of: step, named: "timestamp")
            ),
            ("by_model", report.models), ("top_models", report.topModels), ("by_key", report.keys),
            ("by_key_start", .optional(counted ?? start?.day.start ?? first) { .string($0.rfc3339) }),
            ("by_environment", report.groups(\.environment)), ("by_team", report.groups(\.team)),
            ("by_project", report.groups(\.project)),
        ])
    }
}
