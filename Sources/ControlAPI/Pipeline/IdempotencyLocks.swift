import Accounts
import Ledger
import Synchronization

/// The `Idempotency-Key`s of management calls in progress: a repetition during that time cannot be answered
/// yet.
final class IdempotencyLocks: Sendable {
    private struct Name: Hashable {
        var caller: AccountID?
        var name: String

        init(_ call: IdempotencyKey) {
            caller = call.caller
            name = call.name
        }
    }

    private let names = Mutex<Set<Name>>([])

    /// Marks a call as in progress; returns false if it is already.
    func begin(_ call: IdempotencyKey) -> Bool { names.withLock { $0.insert(Name(call)).inserted } }

    func end(_ call: IdempotencyKey) { names.withLock { _ = $0.remove(Name(call)) } }
}
