import GRDB
import Ledger

/// An entry of the writer's queue. Commands of requests are stored in place; management commands, of which there are few, in
/// closures.
enum WriterEntry: Sendable {
    /// A command of a request.
    case request(RequestCommand, @Sendable (Result<RequestReceipt, LedgerFailure>) -> Void)
    /// A management command.
    case management(PendingCommand)

    /// The outcome of an entry. Callers learn of it when the entry is completed, once its transaction is durable.
    enum Outcome {
        case request(RequestReceipt)
        case management(@Sendable () -> Void)
        case failure(LedgerFailure)
    }

    /// Calls the completion.
    ///
    /// - Parameter outcome: The outcome of this entry, or a failure.
    func complete(_ outcome: Outcome) {
        switch self {
        case .request(_, let completion):
            switch outcome {
            case .request(let receipt): completion(.success(receipt))
            case .failure(let failure): completion(.failure(failure))
            case .management: preconditionFailure("outcome of another entry")
            }
        case .management(let command):
            switch outcome {
            case .management(let complete): complete()
            case .failure(let failure): command.fail(failure)
            case .request: preconditionFailure("outcome of another entry")
            }
        }
    }

    /// Whether it is kept and tried again when the disk fails: the upstream has been paid for what it records.
    var survivesFailingDisk: Bool {
        switch self {
        case .request(.settle, _), .request(.extend, _), .request(.remember, _): true
        default: false
        }
    }
}

/// A management command and its completion, with their types erased.
struct PendingCommand: Sendable {
    /// Applies the command inside a transaction; returns the call that completes it with its receipt.
    let apply: @Sendable (Database) throws -> @Sendable () -> Void
    /// Completes it with a failure.
    let fail: @Sendable (LedgerFailure) -> Void

    init<Receipt>(
        _ command: some ManagementCommand<Receipt>,
        completion: @escaping @Sendable (Result<Receipt, LedgerFailure>) -> Void
    ) {
        apply = { db in
            var executor = ManagementExecutor(db: db)
            let receipt = try command.apply(to: &executor)
            return { completion(.success(receipt)) }
        }
        fail = { completion(.failure($0)) }
    }
}
