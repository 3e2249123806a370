import Foundation
import GRDB
import Ledger
import Timekeeping

/// Operations on a ledger's file by another process than the gateway that writes it.
public struct LedgerFile: Sendable {
    /// The path.
    public let path: String

    /// Creates a reference to a file.
    public init(path: String) { self.path = path }

    /// Holds that the next start of the gateway has to resolve, and rows that earlier starts have resolved.
    public struct Recovery: Sendable {
        /// Holds of requests that are in flight, or were when the gateway stopped.
        public var openHolds: [Hold]
        /// Rows of requests that were in flight when the gateway stopped, newest first.
        public var interrupted: [LedgerRow]
    }

    /// Returns open holds and interrupted rows.
    public func recovery(atMost count: Int) async throws -> Recovery {
        let database = try open()
        return try await database.read { db in
            Recovery(
                openHolds: try db.holds(before: Timestamp(milliseconds: .max)),
                interrupted: try db.interruptedRows(atMost: count))
        }
    }

    /// Copies one consistent state of the ledger, while a gateway may be writing it.
    ///
    /// The copy gets its name only when it is complete and on disk.
    /// - Throws: ``LedgerFileError`` if the file exists already; `DatabaseError`.
    public func backUp(to target: String) async throws {
        guard !FileManager.default.fileExists(atPath: target) else { throw LedgerFileError.exists(target) }
        let partial = target + ".partial"
        try? FileManager.default.removeItem(atPath: partial)
        let database = try open()
        do {
            try await database.writeWithoutTransaction { db in
                // One read transaction, which does not block the gateway's writer.
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

    /// Replaces this ledger by a backup; the gateway must not be running.
    ///
    /// The backup is verified first. The replaced ledger is kept beside it.
    /// - Returns: The path of the replaced ledger, if there was one.
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

    /// Copies the log into the database and removes it, which fails if another process has the database open.
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

    /// Opens the database for reading, while another process may write it.
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

/// Errors of copying or replacing a ledger's file.
public enum LedgerFileError: Error, CustomStringConvertible {
    /// A file would be overwritten.
    case exists(String)
    /// A gateway has the ledger open.
    case inUse(String)
    /// The lock file cannot be opened or locked, for another reason than a gateway.
    case notLocked(String, Int32)
    /// The verification found broken rules.
    case inconsistent([String])
    /// The file cannot be synced to disk.
    case notSynced(String, Int32)

    public var description: String {
        switch self {
        case .exists(let path): "\(path) exists already"
        case .inUse(let path): "\(path) is in use: stop the gateway first"
        case .notLocked(let path, let code): "\(path) cannot be locked: \(String(cString: strerror(code)))"
        case .inconsistent(let breaks): "the backup fails verification:\n" + breaks.joined(separator: "\n")
        case .notSynced(let path, let code): "\(path) cannot be synced: \(String(cString: strerror(code)))"
        }
    }
}
