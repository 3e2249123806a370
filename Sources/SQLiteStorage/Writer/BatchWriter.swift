import Dispatch
import GRDB
import Ledger

/// Writes a batch of entries in one transaction.
///
/// Rule: a refused command leaves nothing behind and changes the result of no other command, and a batch costs one
/// synced commit however many of its commands are refused. Without it, any customer who redeems a used code could slow
/// the ledger down for everyone.
///
/// A management command has a savepoint of its own. A command of a request (hold, extend, settle) has none: it is checked
/// before its first write. If one fails after that, which only a damaged ledger or a repeated request identifier can cause,
/// the transaction is rolled back and written again with a savepoint for every command.
struct BatchWriter {
    enum Outcome {
        /// The transaction is durable. There is a result for each entry.
        ///
        /// `duration` is the time from the beginning of the transaction until it was on the disk, in nanoseconds; nil if it
        /// changed nothing.
        case committed([WriterEntry.Outcome], duration: Int64?)
        /// The disk failed, and nothing is written.
        case failed(String)
    }

    private let pool: DatabasePool
    private var requests = RequestExecutor()

    init(pool: DatabasePool) { self.pool = pool }

    mutating func write(_ entries: [WriterEntry]) -> Outcome {
        do {
            return try transaction(entries, isolatingAll: false)
        } catch let error as DatabaseError where error.isOfTheDisk {
            return .failed("\(error)")
        } catch {
            return isolated(entries)
        }
    }

    private mutating func isolated(_ entries: [WriterEntry]) -> Outcome {
        do {
            return try transaction(entries, isolatingAll: true)
        } catch let error as DatabaseError where error.isOfTheDisk {
            return .failed("\(error)")
        } catch {
            let failure = LedgerFailure(of: error)
            return .committed(entries.map { _ in .failure(failure) }, duration: nil)
        }
    }

    private mutating func transaction(_ entries: [WriterEntry], isolatingAll: Bool) throws -> Outcome {
        var results: [WriterEntry.Outcome] = []
        results.reserveCapacity(entries.count)
        var changes = 0
        let began = DispatchTime.now().uptimeNanoseconds
        do {
            try pool.writeWithoutTransaction { db in
                let before = db.totalChangesCount
                var undone = 0
                try db.inTransaction(.immediate) {
                    for entry in entries {
                        results.append(try apply(entry, isolated: isolatingAll, &undone, db))
                    }
                    try requests.writeSums(db)
                    return .commit
                }
                changes = db.totalChangesCount - before - undone
            }
        } catch {
            requests.forget()
            throw error
        }
        let duration = Int64(DispatchTime.now().uptimeNanoseconds - began)
        return .committed(results, duration: changes > 0 ? duration : nil)
    }

    /// - Parameter undone: Counts row changes of savepoints that were rolled back.
    private mutating func apply(
        _ entry: WriterEntry, isolated: Bool, _ undone: inout Int, _ db: Database
    ) throws -> WriterEntry.Outcome {
        switch entry {
        case .request(let command, _):
            guard isolated else {
                do {
                    return .request(try requests.apply(command, db))
                } catch let failure as LedgerFailure {
                    return .failure(failure)
                }
            }
            return try inSavepoint(&undone, db) { requests, db in .request(try requests.apply(command, db)) }
        case .management(let command):
            return try inSavepoint(&undone, db) { _, db in .management(try command.apply(db)) }
        }
    }

    /// Applies a command in a savepoint of its own. All sums are in the database before it and after it.
    private mutating func inSavepoint(
        _ undone: inout Int, _ db: Database,
        _ body: (inout RequestExecutor, Database) throws -> WriterEntry.Outcome
    ) throws -> WriterEntry.Outcome {
        try requests.writeSums(db)
        let before = db.totalChangesCount
        do {
            var result: WriterEntry.Outcome?
            try db.inSavepoint {
                result = try body(&requests, db)
                try requests.writeSums(db)
                return .commit
            }
            guard let result else { preconditionFailure("a savepoint without a result") }
            return result
        } catch let error as DatabaseError where error.isOfTheDisk {
            throw error
        } catch {
            undone += db.totalChangesCount - before
            requests.forget()
            return .failure(LedgerFailure(of: error))
        }
    }
}

/// A command failed after its first write: its transaction, or its savepoint, must be rolled back.
struct PartialWrite: Error {
    var reason: LedgerFailure
}

extension LedgerFailure {
    /// Converts any error of one command, except errors of the disk.
    fileprivate init(of error: any Error) {
        switch error {
        case let failure as LedgerFailure: self = failure
        case let partial as PartialWrite: self = partial.reason
        default: self = .refused("\(error)")
        }
    }
}

extension DatabaseError {
    /// Whether the disk, the file or the machine is at fault, so that any other command would fail as well.
    var isOfTheDisk: Bool {
        switch resultCode {
        case .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_READONLY, .SQLITE_CANTOPEN,
            .SQLITE_NOMEM, .SQLITE_PROTOCOL, .SQLITE_PERM, .SQLITE_CORRUPT, .SQLITE_NOTADB:
            true
        default: false
        }
    }
}
