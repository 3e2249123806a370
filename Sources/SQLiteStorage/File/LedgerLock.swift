import Foundation
import Synchronization

/// Excludes a second gateway from a ledger: each would settle the requests that the other has in flight.
///
/// An advisory lock of the system on a file beside the database; it ends with the process.
final class LedgerLock: Sendable {
    private let descriptor: Mutex<Int32?>

    /// Takes the lock.
    ///
    /// - Throws: ``LedgerFileError/inUse(_:)`` if another process has it.
    init(path: String) throws {
        let file = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw LedgerFileError.notLocked(path, errno) }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(file)
            throw code == EWOULDBLOCK ? LedgerFileError.inUse(path) : LedgerFileError.notLocked(path, code)
        }
        descriptor = Mutex(file)
    }

    deinit { release() }

    /// Releases the lock; a second call does nothing.
    func release() {
        descriptor.withLock { descriptor in
            if let file = descriptor { close(file) }
            descriptor = nil
        }
    }
}
