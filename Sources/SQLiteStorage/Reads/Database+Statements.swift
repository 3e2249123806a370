import GRDB

extension Database {
    /// Runs a statement that is prepared once for the connection.
    func run(_ sql: String, _ arguments: [(any DatabaseValueConvertible)?] = []) throws {
        try cachedStatement(sql: sql).execute(arguments: StatementArguments(arguments))
    }

    /// Returns the first row of a statement that is prepared once for the connection.
    func first(_ sql: String, _ arguments: [(any DatabaseValueConvertible)?] = []) throws -> Row? {
        try Row.fetchOne(cachedStatement(sql: sql), arguments: StatementArguments(arguments))
    }

    /// Returns all rows of a statement that is prepared once for the connection.
    func rows(_ sql: String, _ arguments: [(any DatabaseValueConvertible)?] = []) throws -> [Row] {
        try Row.fetchAll(cachedStatement(sql: sql), arguments: StatementArguments(arguments))
    }

    /// Returns the value that `read` makes of each row of a statement, of which there may be thousands.
    func all<Value>(
        _ sql: String, _ arguments: [(any DatabaseValueConvertible)?], _ read: (inout ColumnReader) throws -> Value
    ) throws -> [Value] {
        let statement = try cachedStatement(sql: sql)
        statement.arguments = StatementArguments(arguments)
        return try HotStatement.all(statement, self) { columns in
            var reader = ColumnReader(columns)
            return try read(&reader)
        }
    }
}
