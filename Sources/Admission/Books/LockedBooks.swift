import Synchronization

/// The books and the one lock that guards them.
///
/// # Lock order
///
/// 1. The lock of the books.
/// 2. The lock of the ledger's queue: `LedgerStore.enqueue` and `LedgerStore.isWritable` are called inside the first, so that
///    the ledger writes commands in the order in which the books decided.
///
/// Nothing else is taken inside the lock of the books: no log line is written, no completion called, nothing awaited. The
/// ledger calls completions on its own thread without a lock of its own, so that they may take this one. The lock of
/// ``PriceBook`` stands alone: it is never held together with another.
final class LockedBooks: Sendable {
    private let books: Mutex<Books>

    init(_ books: consuming sending Books) { self.books = Mutex(books) }

    /// Calls `body` with the books, which no other thread sees meanwhile.
    func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Books) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        try books.withLock(body)
    }
}
