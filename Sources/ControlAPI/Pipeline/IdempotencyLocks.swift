import Accounts
import Ledger
import Synchronization

/// The management calls with an `Idempotency-Key` that are being answered: a repetition that comes meanwhile cannot be
/// answered yet.
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

    /// Returns false if the same call is being answered.
    func begin(_ call: IdempotencyKey) -> Bool { names.withLock { $0.insert(Name(call)).inserted } }

    func end(_ call: IdempotencyKey) { names.withLock { _ = $0.remove(Name(call)) } }
}
