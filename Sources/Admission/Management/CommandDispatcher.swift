import Ledger
import Timekeeping

/// Applies management commands to books and ledger: the one place where a command's money changes hands.
///
/// - Rule: What a command takes is taken from the books before the command is enqueued; what it gives is given to the books
///   after the command is durable.
/// - Why: The books are what requests are admitted on, and the disk is what remains after a crash.
/// - Without it: A request could be admitted on money that a queued command is about to take, or on a deposit that a crash
///   forgets. The ledger would then refuse the request's hold after the upstream was asked.
final class CommandDispatcher: Sendable {
    private let store: any LedgerStore
    private let books: LockedBooks
    private let answers: IdempotentAnswers
    private let time: any TimeSource

    init(store: any LedgerStore, books: LockedBooks, answers: IdempotentAnswers, time: any TimeSource) {
        self.store = store
        self.books = books
        self.answers = answers
        self.time = time
    }

    /// Applies a command and returns its receipt once it is durable.
    ///
    /// - Parameters:
    ///   - actor: Who is named in the audit log; nil writes no line of it.
    ///   - take: Takes from the books, in the same step in which the command is enqueued. What it throws refuses the command.
    ///   - undo: Gives back what `take` took; called if the command could not be written.
    ///   - publish: Brings the command's result into the books, once it is durable.
    func apply<Receipt>(
        _ command: some ManagementCommand<Receipt>, by actor: AuditActor?,
        taking take: @Sendable (inout Books) throws(ManagementError) -> Void = { _ in },
        undoing undo: @escaping @Sendable (inout Books) -> Void = { _ in },
        publishing publish: @escaping @Sendable (inout Books, Receipt) -> Void = { _, _ in }
    ) async throws(ManagementError) -> Receipt {
        let result: Result<Receipt, ManagementError> = await withCheckedContinuation { continuation in
            let refusal: ManagementError? = books.withLock { books in
                do throws(ManagementError) {
                    try take(&books)
                } catch {
                    return error
                }
                let complete: @Sendable (Result<Receipt, LedgerFailure>) -> Void = { [books = self.books] result in
                    books.withLock { books in
                        switch result {
                        case .success(let receipt): publish(&books, receipt)
                        case .failure: undo(&books)
                        }
                    }
                    continuation.resume(returning: result.mapError(ManagementError.init))
                }
                if let actor {
                    store.enqueue(command.audited(by: actor, at: time.now()), completion: complete)
                } else {
                    store.enqueue(command, completion: complete)
                }
                return nil
            }
            if let refusal { continuation.resume(returning: .failure(refusal)) }
        }
        return try result.get()
    }

    /// Wraps a command so that the answer to its caller is stored in the same transaction.
    ///
    /// - Parameter outcome: Makes the call's outcome from the command's receipt.
    func once<Receipt, Outcome>(
        _ command: some ManagementCommand<Receipt>, _ call: ManagementCall<Outcome>?,
        outcome: @escaping @Sendable (Receipt) -> Outcome
    ) -> any ManagementCommand<Receipt> {
        guard let call else { return command }
        return command.once(call.identity, calledAt: time.now()) { [answers] receipt in
            try answers.seal(try call.answer(outcome(receipt)), for: call.identity)
        }
    }
}
