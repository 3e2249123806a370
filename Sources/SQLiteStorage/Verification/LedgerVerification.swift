import GRDB

/// Proves, or disproves, that a ledger's sums hold.
///
/// Reads one snapshot, so that it can be run beside a gateway that is writing. Each table is read a fixed number of
/// times, however many accounts, keys and days there are.
public struct LedgerVerification: Sendable {
    /// A sentence for each broken rule that names the table, the row and both numbers; empty for a consistent ledger, and at
    /// most ``breaksPerRule`` for each rule.
    public let breaks: [String]
    /// Numbers of accounts, keys and rows.
    public let counts: (accounts: Int, keys: Int, rows: Int)

    /// Most breaks that are reported of one rule.
    public static let breaksPerRule = 20

    /// Verifies the ledger in a file.
    ///
    /// - Throws: `DatabaseError` if the file is not a database; `LedgerVerificationError` if it is not a ledger.
    public static func verify(path: String) async throws -> LedgerVerification {
        let database = try LedgerFile(path: path).open()
        return try await database.read { db in
            guard try db.tableExists("requests"), try db.tableExists("holds") else {
                throw LedgerVerificationError.notALedger(path)
            }
            var costs = CostVerification(db: db)
            let breaks =
                try VerificationRule.all.flatMap { try $0.breaks(db) } + costs.breaks() + structuralBreaks(db)
            func count(_ table: String) throws -> Int {
                try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM \(table)") ?? 0
            }
            return LedgerVerification(
                breaks: breaks, counts: (try count("accounts"), try count("keys"), try count("requests")))
        }
    }

    /// Returns the errors that SQLite itself finds: missing foreign rows, broken constraints (negative amounts among them),
    /// damaged indexes and pages.
    private static func structuralBreaks(_ db: Database) throws -> [String] {
        var breaks: [String] = []
        let dangling = try Row.fetchCursor(db, sql: "PRAGMA foreign_key_check")
        while let row = try dangling.next(), breaks.count < breaksPerRule {
            let (table, number, parent): (String, Int64?, String) = (row[0], row[1], row[2])
            breaks.append("\(table) \(number.map { "\($0)" } ?? "(a row)"): names a row of \(parent) that is not there")
        }
        for message in try String.fetchAll(db, sql: "PRAGMA integrity_check(\(breaksPerRule))") where message != "ok" {
            breaks.append("database file: \(message)")
        }
        return breaks
    }
}

/// Why a file cannot be verified.
public enum LedgerVerificationError: Error, CustomStringConvertible {
    /// The file does not exist.
    case missing(String)
    /// The file is a database, but not a ledger.
    case notALedger(String)

    public var description: String {
        switch self {
        case .missing(let path): "\(path): no such file"
        case .notALedger(let path): "\(path): not a ledger"
        }
    }
}
