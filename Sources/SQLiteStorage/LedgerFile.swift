import Foundation
import GRDB
import Ledger
import Timekeeping

/// What can be done with a ledger's file from outside the gateway that writes it.
public struct LedgerFile: Sendable {
    /// Where it is.
    public let path: String

    /// Names a file.
    public init(path: String) { self.path = path }

    /// What a start of the gateway would have to resolve, and what earlier starts have resolved.
    public struct Recovery: Sendable {
        /// Holds of requests in flight, or of a gateway that died.
        public var openHolds: [Hold]
        /// Rows of requests that were in flight when a gateway died, newest first.
        public var interrupted: [LedgerRow]
    }

    /// Returns open holds and interrupted rows.
    public func recovery(atMost count: Int) async throws -> Recovery {
        let database = try open()
        return try await database.read { db in
            Recovery(
                openHolds: try SQLiteLedger.holds(before: Timestamp(milliseconds: .max), db),
                interrupted: try SQLiteLedger.interruptedRows(atMost: count, db))
        }
    }

    /// Copies the ledger as it is at one moment, while a gateway may be writing it.
    ///
    /// The copy has its name only once it is complete and on disk.
    /// - Throws: ``LedgerFileError`` if there is such a file already, or what the database says.
    public func backUp(to target: String) async throws {
        guard !FileManager.default.fileExists(atPath: target) else { throw LedgerFileError.exists(target) }
        let partial = target + ".partial"
        try? FileManager.default.removeItem(atPath: partial)
        let database = try open()
        do {
            try await database.writeWithoutTransaction { db in
                // One read transaction: the gateway's writer goes on meanwhile.
                try db.execute(sql: "VACUUM INTO ?", arguments: [partial])
            }
            try Self.sync(partial)
            try FileManager.default.moveItem(atPath: partial, toPath: target)
            try Self.sync((target as NSString).deletingLastPathComponent)
        } catch {
            try? FileManager.default.removeItem(atPath: partial)
            throw error
        }
    }

    /// Puts a backup in the place of this ledger; the gateway must not be running.
    ///
    /// The backup is proven first. What was there before is kept beside it.
    /// - Returns: Where the ledger that was there before is now, if there was one.
    public func restore(from backup: String) async throws -> String? {
        let lock = try LedgerLock(path: path)
        defer { lock.release() }
        let verification = try await LedgerVerification.verify(path: backup)
        guard verification.breaks.isEmpty else { throw LedgerFileError.inconsistent(verification.breaks) }
        let files = FileManager.default
        var earlier: String?
        if files.fileExists(atPath: path) {
            try await closeForGood()
            var kept = path + ".before-restore"
            var number = 1
            while files.fileExists(atPath: kept) {
                number += 1
                kept = path + ".before-restore-\(number)"
            }
            try files.moveItem(atPath: path, toPath: kept)
            earlier = kept
        }
        let partial = path + ".partial"
        try? files.removeItem(atPath: partial)
        try files.copyItem(atPath: backup, toPath: partial)
        try Self.sync(partial)
        try files.moveItem(atPath: partial, toPath: path)
        try Self.sync((path as NSString).deletingLastPathComponent)
        return earlier
    }

    /// Copies the log into the database and removes it, which only works if nobody else has the database open.
    private func closeForGood() async throws {
        var configuration = Configuration()
        configuration.busyMode = .immediateError
        do {
            let database = try DatabaseQueue(path: path, configuration: configuration)
            try await database.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE;")
                try db.execute(sql: "BEGIN EXCLUSIVE; COMMIT;")
            }
            try database.close()
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY || error.resultCode == .SQLITE_LOCKED
        {
            throw LedgerFileError.inUse(path)
        }
        guard !FileManager.default.fileExists(atPath: path + "-wal") else { throw LedgerFileError.inUse(path) }
    }

    /// Opens the database for reading, beside whoever writes it.
    func open() throws -> DatabaseQueue {
        guard FileManager.default.fileExists(atPath: path) else { throw LedgerVerificationError.missing(path) }
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    private static func sync(_ path: String) throws {
        let file = Foundation.open(path.isEmpty ? "." : path, O_RDONLY)
        guard file >= 0 else { throw LedgerFileError.notSynced(path, errno) }
        defer { close(file) }
        guard fsync(file) == 0 else { throw LedgerFileError.notSynced(path, errno) }
    }
}

/// Why a file of the ledger cannot be copied or replaced.
public enum LedgerFileError: Error, CustomStringConvertible {
    /// A file would be overwritten.
    case exists(String)
    /// A gateway has it open.
    case inUse(String)
    /// Whether a gateway has it open cannot be found out.
    case notLocked(String, Int32)
    /// What it holds does not add up.
    case inconsistent([String])
    /// It cannot be brought to disk.
    case notSynced(String, Int32)

    public var description: String {
        switch self {
        case .exists(let path): "\(path) is there already"
        case .inUse(let path): "\(path) is in use: stop the gateway first"
        case .notLocked(let path, let code): "\(path) cannot be locked: \(String(cString: strerror(code)))"
        case .inconsistent(let breaks): "the backup does not add up:\n" + breaks.joined(separator: "\n")
        case .notSynced(let path, let code): "\(path) cannot be synced: \(String(cString: strerror(code)))"
        }
    }
}
