import Foundation
import GRDB
import Ledger
import Logging
import Migrations

/// The ledger in one SQLite database: write-ahead log, every commit synced to disk before it is reported.
///
/// One thread writes (``LedgerWriter``), up to four connections read at the same time, and another thread copies the log back
/// into the database (``Checkpointer``). Reads are in `Reads/`, one file for each protocol.
public final class SQLiteLedger: LedgerStore, Sendable {
    let pool: DatabasePool
    private let lock: LedgerLock
    let writer: LedgerWriter
    private let checkpointer: Checkpointer
    private let logger: Logger

    /// Number of connections that read.
    static let readers = 4

    /// Opens a database, creating or migrating it as needed.
    ///
    /// - Throws: `DatabaseError` if the file cannot be opened or written, or is not a database;
    ///   ``SQLiteLedgerError`` if a later version of the gateway has written it; ``LedgerFileError`` if another
    ///   gateway has it open.
    public init(path: String, logger: Logger) throws {
        self.logger = logger
        lock = try LedgerLock(path: path)
        pool = try DatabasePool(path: path, configuration: Self.configuration())
        // GRDB sets NORMAL when it opens a pool, which may lose the last commits when the power fails.
        try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        var migrator = DatabaseMigrator()
        for migration in Migrations.all {
            migrator.registerMigration(migration.name) { try $0.execute(sql: migration.sql) }
        }
        guard try !pool.read(migrator.hasBeenSuperseded) else { throw SQLiteLedgerError.writtenByLaterVersion(path) }
        try migrator.migrate(pool)
        writer = LedgerWriter(pool: pool, logger: logger)
        checkpointer = try Checkpointer(path: path, logger: logger)
        writer.start()
        checkpointer.start()
    }

    /// Writes all enqueued commands, then closes the database. Later commands fail as `unavailable`.
    public func close() async {
        await writer.stop()
        await checkpointer.stop()
        do {
            try pool.close()
        } catch {
            logger.error("database could not be closed", metadata: ["reason": "\(error)"])
        }
        lock.release()
    }

    @discardableResult
    public func enqueue(
        _ command: RequestCommand, completion: @escaping @Sendable (Result<RequestReceipt, LedgerFailure>) -> Void
    ) -> WriteSequence {
        writer.enqueue(.request(command, completion))
    }

    public func enqueue<Receipt>(
        _ command: some ManagementCommand<Receipt>,
        completion: @escaping @Sendable (Result<Receipt, LedgerFailure>) -> Void
    ) {
        writer.enqueue(.management(PendingCommand(command, completion: completion)))
    }

    public func settled(upTo sequence: WriteSequence) async { await writer.settled(upTo: sequence) }

    public var isWritable: Bool { writer.isWritable }

    private static func configuration() -> Configuration {
        var configuration = Configuration()
        configuration.maximumReaderCount = readers
        configuration.busyMode = .timeout(5)
        configuration.foreignKeysEnabled = true
        configuration.label = "ledger"
        configuration.prepareDatabase { db in
            if !db.configuration.readonly {
                // Small pages: most of a commit is one changed row each of many keys.
                try db.execute(
                    sql: """
                        PRAGMA page_size = 2048; PRAGMA journal_mode = WAL;
                        PRAGMA wal_autocheckpoint = \(Checkpointer.pagesAtMost)
                        """)
            }
            try db.execute(sql: "PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY;")
        }
        return configuration
    }
}

/// Errors of opening a database.
public enum SQLiteLedgerError: Error, CustomStringConvertible {
    /// The database has migrations that this version does not know.
    case writtenByLaterVersion(String)

    public var description: String {
        switch self {
        case .writtenByLaterVersion(let path): "\(path): written by a later version of the gateway"
        }
    }
}
