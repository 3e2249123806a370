import GRDB

/// Numbers that a table keeps, beside what another table says that they are.
struct VerificationRule: Sendable {
    /// The table whose rows are judged.
    let table: String
    /// The numbers that are judged.
    let columns: [String]
    /// Who knows better, and the verb: `its rows say`.
    let witness: String
    /// Selects, for each row: its name, then each column as it is and as it must be.
    let sql: String

    /// Returns a sentence for each number that is not what it must be.
    func breaks(_ db: Database) throws -> [String] {
        let isBroken = columns.indices.map { "found\($0) IS NOT expected\($0)" }.joined(separator: " OR ")
        let pairs = columns.indices.map { "found\($0), expected\($0)" }.joined(separator: ", ")
        let names = "name, \(pairs)"
        let statement = "WITH pairs (\(names)) AS (\(sql)) SELECT * FROM pairs WHERE \(isBroken) LIMIT ?"
        var sentences: [String] = []
        for row in try Row.fetchAll(db, sql: statement, arguments: [LedgerVerification.breaksPerRule]) {
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
    /// Everything that must be true of a ledger, beyond what SQLite itself can check.
    static let all = balances + rollUps + ownership
}
