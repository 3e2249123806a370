import Dispatch
import Ledger
import Synchronization

/// The reference model of the ledger, as simple as possible. Tests compare the real ledger with it.
///
/// Completions are called in order, on a queue of their own.
public final class InMemoryLedger: LedgerStore {
    private let state = Mutex(LedgerModel())
    private let completions = DispatchQueue(label: "in-memory-ledger")

    /// Creates an empty ledger.
    public init() {}

    /// While false, nothing can be written: commands fail, as on a full disk.
    public var isWritable: Bool {
        get { state.withLock { $0.isWritable } }
        set { state.withLock { $0.isWritable = newValue } }
    }

    public func enqueue(
        _ command: RequestCommand, completion: @escaping @Sendable (Result<RequestReceipt, LedgerFailure>) -> Void
    ) {
        state.withLock { model in
            let result = model.apply(command)
            completions.async { completion(result) }
        }
    }

    public func enqueue<Receipt>(
        _ command: some ManagementCommand<Receipt>,
        completion: @escaping @Sendable (Result<Receipt, LedgerFailure>) -> Void
    ) {
        state.withLock { model in
            let result = model.apply(command)
            completions.async { completion(result) }
        }
    }

    public func settled() async {
        await withCheckedContinuation { continuation in completions.async { continuation.resume() } }
    }

    /// Reads the model.
    func read<Value>(_ body: (LedgerModel) -> Value) -> Value { state.withLock { body($0) } }
}
