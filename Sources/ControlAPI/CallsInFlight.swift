import Accounts
import Ledger
import Synchronization

/// The management calls with an `Idempotency-Key` that are being answered: a repetition that comes meanwhile cannot be
/// answered yet.
final class CallsInFlight: Sendable {
    private struct Name: Hashable {
        var caller: AccountID?
        var name: String

        init(_ call: CallIdentity) {
            caller = call.caller
            name = call.name
        }
    }

    private let names = Mutex<Set<Name>>([])

    /// Returns false if the same call is being answered.
    func begin(_ call: CallIdentity) -> Bool { names.withLock { $0.insert(Name(call)).inserted } }

    func end(_ call: CallIdentity) { names.withLock { _ = $0.remove(Name(call)) } }
}
