import Accounts
import Admission
import HTTPTypes
import Ledger
import Money
import Timekeeping

/// What an account has earned: what its clients were charged, what that cost, and what came in.
struct EarningsRoutes: Sendable {
    let admission: AdmissionServices
    let ledger: any DepositReader & KeyReader & UsageReader

    var table: [ControlRoute] {
        [
            ControlRoute(.get, "/earnings", .accountKey, earnings),
            ControlRoute(.get, "/deposits", .accountKey, deposits),
        ]
    }

    /// What clients were charged in the last days, and what that cost: by day, by key and by model.
    private func earnings(_ request: ControlRequest) async throws -> JSON {
        let account = try request.accountID
        var query = QueryFields(request.uri)
        let count = try query.integer("days", in: 1...366) ?? 30
        try query.finish()
        let days = admission.time.now().day.last(count)
        async let names = ledger.keyNames(of: account)
        async let byKey = ledger.usageByKey(of: account, from: days[0], model: nil)
        let points = try await ledger.clientUsageByModel(of: account, from: days[0])
        let byDay = Dictionary(grouping: points, by: \.start.day).mapValues { $0.map(\.sum).total }
        let byModel = Dictionary(grouping: points, by: \.model).mapValues { $0.map(\.sum).total }
        let keys = try await byKey.compactMap { [names = try await names] id, sum in
            names[id].flatMap { $0.kind == .client ? (name: $0, sum: sum) : nil }
        }
        return .object([
            (
                "days",
                .array(
                    days.map { .object([("date", .string($0.date))] + Self.members(of: byDay[$0] ?? UsageSum())) })
            ),
            (
                "keys",
                .array(
                    keys.sorted {
                        ($1.sum.shownCost, $0.name.publicID.description) < (
                            $0.sum.shownCost, $1.name.publicID.description
                        )
                    }
                    .map { .object(Self.members(of: $0.name) + Self.members(of: $0.sum)) })
            ),
            (
                "models",
                .array(
                    byModel.sorted { ($1.value.shownCost, $0.key) < ($0.value.shownCost, $1.key) }
                        .map { .object([("model", .string($0.key))] + Self.members(of: $0.value)) })
            ),
        ])
    }

    private func deposits(_ request: ControlRequest) async throws -> JSON {
        try QueryFields(request.uri).finish()
        let deposits = try await ledger.deposits(of: request.accountID)
        return .object([("deposits", .array(deposits.map { .object(DepositAnswer.members(of: $0)) }))])
    }

    private static func members(of name: KeyName) -> [(String, JSON)] {
        [
            ("id", .string(name.publicID.description)), ("label", .string(name.label)),
            ("environment", .optional(name.environment, JSON.string)), ("team", .optional(name.team, JSON.string)),
            ("project", .optional(name.project, JSON.string)),
        ]
    }

    private static func members(of sum: UsageSum) -> [(String, JSON)] {
        [
            ("requests", .integer(sum.requests)), ("inputTokens", .integer(sum.inputTokens)),
            ("outputTokens", .integer(sum.outputTokens)), ("charged", .amount(sum.shownCost)),
            ("cost", .amount(sum.cost)), ("profit", .amount(sum.shownCost - sum.cost)),
        ]
    }
}

/// A deposit, as the account and the operator see it.
enum DepositAnswer {
    static func members(of deposit: DepositRecord) -> [(String, JSON)] {
        [
            ("id", .string(deposit.publicID.description)), ("amount", .amount(deposit.amount)),
            ("status", .string(deposit.status.name)), ("reference", .optional(deposit.reference, JSON.string)),
            ("createdAt", .string(deposit.createdAt.rfc3339)),
            ("completedAt", .optional(deposit.completedAt) { .string($0.rfc3339) }),
        ]
    }
}

extension DepositStatus {
    /// As the APIs name it.
    var name: String {
        switch self {
        case .pending: "PENDING"
        case .completed: "COMPLETED"
        case .refused: "REFUSED"
        }
    }
}
