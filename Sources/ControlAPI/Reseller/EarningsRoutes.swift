import Accounts
import Admission
import HTTPTypes
import Ledger
import Money
import Timekeeping

/// An account's revenue, cost and profit, and its deposits.
struct EarningsRoutes: Sendable {
    let admission: AdmissionServices
    let ledger: any DepositReader & KeyReader & UsageReader

    var table: [ControlRoute] {
        [
            ControlRoute(.get, "/earnings", .accountKey, earnings),
            ControlRoute(.get, "/deposits", .accountKey, deposits),
        ]
    }

    /// Answers with what clients were charged and what that cost: by day or hour, by key and by model.
    private func earnings(_ request: ControlRequest) async throws -> JSON {
        let account = try request.accountID
        var query = QueryFields(request.uri)
        let days = try query.integer("days", in: 1...366)
        let hours = try query.integer("hours", in: 1...Self.mostHours)
        try query.finish()
        guard days == nil || hours == nil else {
            throw ControlError.conflicting("Give either 'days' or 'hours', not both")
        }
        async let names = ledger.keyNames(of: account)
        let steps: (name: String, list: [JSON])
        let byKey: [KeyID: UsageSum]
        let points: [UsagePoint]
        if let hours {
            let last = admission.time.now().hourNumber
            let starts = (0..<Int64(hours)).map { Self.start(ofHour: last - Int64(hours) + 1 + $0) }
            points = try await ledger.clientUsageByModel(of: account, since: starts[0])
            byKey = try await ledger.usageByKey(of: account, since: starts[0], model: nil)
            let byHour = Dictionary(grouping: points, by: \.start).mapValues { $0.map(\.sum).total }
            steps = (
                "hours",
                starts.map {
                    .object([("start", .string($0.rfc3339))] + Self.members(of: byHour[$0] ?? UsageSum()))
                }
            )
        } else {
            let list = admission.time.now().day.last(days ?? 30)
            points = try await ledger.clientUsageByModel(of: account, from: list[0])
            byKey = try await ledger.usageByKey(of: account, from: list[0], model: nil)
            let byDay = Dictionary(grouping: points, by: \.start.day).mapValues { $0.map(\.sum).total }
            steps = (
                "days",
                list.map { .object([("date", .string($0.date))] + Self.members(of: byDay[$0] ?? UsageSum())) }
            )
        }
        return .object([
            (steps.name, .array(steps.list)),
            ("keys", .array(Self.sorted(byKey, names: try await names))),
            ("models", .array(Self.sorted(points))),
        ])
    }

    /// Hours are counted from rows of requests, so an answer covers a week at most.
    private static let mostHours = 168

    private static func start(ofHour number: Int64) -> Timestamp {
        Timestamp(milliseconds: number * UsageStep.hour.rawValue)
    }

    /// Returns the client keys' sums, the highest charge first.
    private static func sorted(_ sums: [KeyID: UsageSum], names: [KeyID: KeyName]) -> [JSON] {
        sums.compactMap { id, sum in
            names[id].flatMap { $0.kind == .client ? (name: $0, sum: sum) : nil }
        }.sorted {
            ($1.sum.shownCost, $0.name.publicID.description) < ($0.sum.shownCost, $1.name.publicID.description)
        }.map { .object(members(of: $0.name) + members(of: $0.sum)) }
    }

    /// Returns the models' sums, the highest charge first.
    private static func sorted(_ points: [UsagePoint]) -> [JSON] {
        Dictionary(grouping: points, by: \.model).mapValues { $0.map(\.sum).total }
            .sorted { ($1.value.shownCost, $0.key) < ($0.value.shownCost, $1.key) }
            .map { .object([("model", .string($0.key))] + members(of: $0.value)) }
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
