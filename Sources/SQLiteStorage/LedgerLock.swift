import Foundation
import Synchronization

/// Keeps a second gateway away from a ledger: two of them would each settle what the other has in flight.
///
/// The lock is the system's, on a file beside the database; it ends with the process, however that ends.
final class LedgerLock: Sendable {
    private let descriptor: Mutex<Int32?>

    /// Takes the lock.
    ///
    /// - Throws: ``LedgerFileError/inUse(_:)`` if somebody else has it.
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

    /// Gives the lock back; a second time does nothing.
    func release() {
        descriptor.withLock { descriptor in
            if let file = descriptor { close(file) }
            descriptor = nil
        }
    }
}
