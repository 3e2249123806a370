import Accounts
import GRDB
import GRDBSQLite

/// A statement that every request runs: prepared once, with values bound and read through SQLite's own functions.
///
/// GRDB's binding costs more than these statements themselves; everything else goes through GRDB.
final class HotStatement {
    private let statement: Statement

    init(_ sql: String, _ db: Database) throws {
        statement = try db.makeStatement(sql: sql)
    }

    /// The values of a statement, bound in their order.
    struct Values {
        fileprivate let handle: OpaquePointer
        private var position: Int32 = 0

        fileprivate init(_ handle: OpaquePointer) { self.handle = handle }

        mutating func add(_ value: Int64) {
            position += 1
            sqlite3_bind_int64(handle, position, value)
        }

        mutating func add(_ value: Int) { add(Int64(value)) }

        mutating func add(_ value: Int64?) {
            if let value { return add(value) }
            position += 1
            sqlite3_bind_null(handle, position)
        }

        mutating func add(_ value: String?) {
            position += 1
            guard let value else {
                sqlite3_bind_null(handle, position)
                return
            }
            sqlite3_bind_text(handle, position, value, -1, Self.copied)
        }

        /// Binds the 16 bytes of an identifier.
        mutating func add(_ value: UUIDv7) {
            position += 1
            withUnsafeBytes(of: (value.high.bigEndian, value.low.bigEndian)) { bytes in
                _ = sqlite3_bind_blob(handle, position, bytes.baseAddress, 16, Self.copied)
            }
        }

        /// Tells SQLite to copy what is bound.
        private static var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
    }

    /// The columns of a row, counted from 0.
    struct Columns {
        fileprivate let handle: OpaquePointer

        func name(_ column: Int32) -> String {
            sqlite3_column_name(handle, column).map { String(cString: $0) } ?? ""
        }

        func int(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

        func text(_ column: Int32) -> String {
            sqlite3_column_text(handle, column).map { String(cString: $0) } ?? ""
        }

        /// Returns an identifier of 16 bytes, or nil if the column holds anything else.
        func id(_ column: Int32) -> UUIDv7? {
            guard sqlite3_column_bytes(handle, column) == 16, let blob = sqlite3_column_blob(handle, column) else {
                return nil
            }
            let halves = blob.loadUnaligned(as: (UInt64, UInt64).self)
            return UUIDv7(high: UInt64(bigEndian: halves.0), low: UInt64(bigEndian: halves.1))
        }

        /// Returns a digest of 32 bytes, or nil if the column holds anything else.
        func digest(_ column: Int32) -> KeyDigest? {
            guard sqlite3_column_bytes(handle, column) == 32, let blob = sqlite3_column_blob(handle, column) else {
                return nil
            }
            let words = blob.loadUnaligned(as: (UInt64, UInt64, UInt64, UInt64).self)
            return KeyDigest(
                words: (
                    UInt64(bigEndian: words.0), UInt64(bigEndian: words.1), UInt64(bigEndian: words.2),
                    UInt64(bigEndian: words.3)
                ))
        }

        func bytes(_ column: Int32) -> [UInt8] {
            guard let blob = sqlite3_column_blob(handle, column) else { return [] }
            return Array(UnsafeRawBufferPointer(start: blob, count: Int(sqlite3_column_bytes(handle, column))))
        }

        func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }
    }

    /// Runs the statement and returns the number of rows that it changed.
    @discardableResult
    func run(_ db: Database, _ bind: (inout Values) -> Void) throws -> Int {
        defer { sqlite3_reset(statement.sqliteStatement) }
        _ = try step(db, bind)
        return db.changesCount
    }

    /// Runs the statement and returns the value that `read` makes of its first row, or nil if there is none.
    func first<Value>(
        _ db: Database, _ bind: (inout Values) -> Void, _ read: (inout ColumnReader) throws -> Value
    ) throws -> Value? {
        defer { sqlite3_reset(statement.sqliteStatement) }
        guard try step(db, bind) else { return nil }
        var reader = ColumnReader(Columns(handle: statement.sqliteStatement))
        return try read(&reader)
    }

    /// Runs a statement and returns the values that `read` makes of its rows.
    ///
    /// - Parameter statement: A statement of GRDB with its arguments set.
    static func all<Value>(
        _ statement: Statement, _ db: Database, _ read: (Columns) throws -> Value
    ) throws -> [Value] {
        defer { sqlite3_reset(statement.sqliteStatement) }
        var values: [Value] = []
        while try step(statement, db) { values.append(try read(Columns(handle: statement.sqliteStatement))) }
        return values
    }

    private func step(_ db: Database, _ bind: (inout Values) -> Void) throws -> Bool {
        var values = Values(statement.sqliteStatement)
        bind(&values)
        return try Self.step(statement, db)
    }

    private static func step(_ statement: Statement, _ db: Database) throws -> Bool {
        switch sqlite3_step(statement.sqliteStatement) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code:
            throw DatabaseError(
                resultCode: ResultCode(rawValue: code), message: db.lastErrorMessage, sql: statement.sql)
        }
    }
}
