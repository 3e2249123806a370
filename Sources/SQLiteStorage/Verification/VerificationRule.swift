import GRDB

/// A rule that numbers of one table must equal numbers that are computed from another.
struct VerificationRule: Sendable {
    /// The table whose rows are checked.
    let table: String
    /// Names of the numbers that are checked.
    let columns: [String]
    /// Source of the expected numbers, with its verb: `its rows say`.
    let witness: String
    /// Selects for each row its name, then each column as it is and as it must be. Values are bound.
    let sql: SQL

    /// Returns a sentence for each number that differs.
    func breaks(_ db: Database) throws -> [String] {
        let isBroken = columns.indices.map { "found\($0) IS NOT expected\($0)" }.joined(separator: " OR ")
        let pairs = columns.indices.map { "found\($0), expected\($0)" }.joined(separator: ", ")
        let names = "name, \(pairs)"
        let statement: SQL = """
            WITH pairs (\(sql: names)) AS (\(sql)) SELECT \(sql: names) FROM pairs WHERE \(sql: isBroken)
            LIMIT \(LedgerVerification.breaksPerRule)
            """
        var sentences: [String] = []
        for row in try SQLRequest<Row>(literal: statement).fetchAll(db) {
            let name: DatabaseValue = row[0]
            for (index, column) in columns.enumerated() {
                let found: Int64? = row[1 + 2 * index]
                let expected: Int64? = row[2 + 2 * index]
                guard found != expected else { continue }
                sentences.append(
                    "\(table) \(Self.text(name)): \(column) is \(Self.text(found)), but \(witness) \(Self.text(expected))"
                )
            }
        }
        return sentences
    }

    private static func text(_ number: Int64?) -> String { number.map { "\($0)" } ?? "nothing" }

    private static func text(_ name: DatabaseValue) -> String {
        switch name.storage {
        case .int64(let number): "\(number)"
        case .string(let text): text
        case .null, .double, .blob: "(a row)"
        }
    }
}

extension VerificationRule {
    /// All rules that SQLite's constraints cannot express.
    static let all = balances + rollUps + dimensions + ownership
}
