import Accounts
import Ledger
import Metering
import Money
import Timekeeping

/// The usage of an account in a period, grouped by time, model, key and tag.
struct UsageReport {
    private let points: [UsagePoint]
    private let byKey: [KeyID: UsageSum]
    private let names: [KeyID: KeyName]
    let total: UsageSum

    /// Maximum number of models in the list of the most expensive ones.
    private static let topCount = 10

    init(points: [UsagePoint], byKey: [KeyID: UsageSum], names: [KeyID: KeyName]) {
        self.points = points
        self.byKey = byKey
        self.names = names
        total = points.reduce(into: UsageSum()) { $0.add($1.sum) }
    }

    /// Returns the total of each hour or day, those without usage included.
    ///
    /// - Parameter steps: Number of hours or days; nil ends with the last one that has usage.
    func series(from start: Timestamp?, steps: Int?, of step: UsageStep, named name: String) -> JSON {
        let sums = points.reduce(into: [Timestamp: UsageSum]()) { $0[$1.start, default: UsageSum()].add($1.sum) }
        guard let start, let last = steps.map({ at($0 - 1, after: start, step) }) ?? sums.keys.max() else {
            return .array([])
        }
        let count = (last.milliseconds - start.milliseconds) / step.rawValue + 1
        return .array(
            (0..<max(0, Int(count))).map { number in
                let moment = at(number, after: start, step)
                // A day is identified by its date, an hour by its start.
                let text = name == "date" ? moment.day.date : moment.rfc3339
                return .object([(name, .string(text))] + Self.members(of: sums[moment] ?? UsageSum()))
            })
    }

    private func at(_ number: Int, after start: Timestamp, _ step: UsageStep) -> Timestamp {
        Timestamp(milliseconds: start.milliseconds + Int64(number) * step.rawValue)
    }

    var models: JSON { .array(sortedModels.map(Self.describe)) }

    var topModels: JSON { .array(sortedModels.prefix(Self.topCount).map(Self.describe)) }

    private var sortedModels: [(String, UsageSum)] {
        let sums = points.reduce(into: [String: UsageSum]()) { $0[$1.model, default: UsageSum()].add($1.sum) }
        return sums.sorted { ($1.value.cost, $0.key) < ($0.value.cost, $1.key) }.map { ($0.key, $0.value) }
    }

    private static func describe(_ model: (String, UsageSum)) -> JSON {
        .object([("model", .string(model.0))] + members(of: model.1))
    }

    var keys: JSON {
        let sorted = byKey.compactMap { id, sum in names[id].map { ($0, sum) } }
            .sorted { ($1.1.cost, $0.0.publicID) < ($0.1.cost, $1.0.publicID) }
        return .array(
            sorted.map { name, sum in
                .object(
                    [("api_key_id", .string(name.publicID.description)), ("api_key_name", .string(name.label))]
                        + Self.members(of: sum))
            })
    }

    /// Returns the totals of keys with the same tag; null stands for keys without one.
    func groups(_ tag: KeyPath<KeyName, String?>) -> JSON {
        let sums = byKey.reduce(into: [String?: UsageSum]()) { sums, entry in
            sums[names[entry.key]?[keyPath: tag], default: UsageSum()].add(entry.value)
        }
        return .array(
            sums.sorted { ($1.value.cost, $0.key ?? "") < ($0.value.cost, $1.key ?? "") }.map { name, sum in
                .object([("name", .optional(name, JSON.string))] + Self.members(of: sum))
            })
    }

    static func members(of sum: UsageSum) -> [(String, JSON)] {
        [
            ("requests", .integer(sum.requests)), ("cost", .amount(sum.cost)),
            ("input_tokens", .integer(sum.inputTokens)), ("output_tokens", .integer(sum.outputTokens)),
            ("other_quantities", .object(sum.others.map { ($0.dimension.name, .integer($0.amount)) })),
        ]
    }
}
