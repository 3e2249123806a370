import Dispatch
import Ledger
import Synchronization

/// The reference model of the ledger, as simple as possible. Tests compare the real ledger with it.
///
/// Completions are called in order, on a queue of their own.
public final class InMemoryLedger: LedgerStore {
    private let state = Mutex(LedgerModel())
    private let completions = DispatchQueue(label: "in-memory-ledger")
    private let progress = WriteProgress()
    private let stalled = Mutex(false)

    /// Creates an empty ledger.
    public init() {}

    /// While false, nothing can be written: commands fail, as on a full disk.
    public var isWritable: Bool {
        get { state.withLock { $0.isWritable } }
        set { state.withLock { $0.isWritable = newValue } }
    }

    @discardableResult
    public func enqueue(
        _ command: RequestCommand, completion: @escaping @Sendable (Result<RequestReceipt, LedgerFailure>) -> Void
    ) -> WriteSequence {
        state.withLock { model in
            let result = model.apply(command)
            return complete { completion(result) }
        }
    }

    public func enqueue<Receipt>(
        _ command: some ManagementCommand<Receipt>,
        completion: @escaping @Sendable (Result<Receipt, LedgerFailure>) -> Void
    ) {
        state.withLock { model in
            let result = model.apply(command)
            _ = complete { completion(result) }
        }
    }

    private func complete(_ completion: @escaping @Sendable () -> Void) -> WriteSequence {
        let sequence = progress.begin()
        completions.async { [progress] in
            completion()
            progress.finish(sequence)
        }
        return sequence
    }

    public func settled(upTo sequence: WriteSequence) async {
        guard !progress.isFinished(sequence) else { return }
        await withCheckedContinuation { continuation in completions.async { continuation.resume() } }
    }

    /// Runs `body` while nothing completes, as on a disk that does not answer.
    public func whileStalled<Value: Sendable>(_ body: () async throws -> Value) async rethrows -> Value {
        completions.suspend()
        stalled.withLock { $0 = true }
        defer {
            stalled.withLock { $0 = false }
            completions.resume()
        }
        return try await body()
    }

    /// Whether ``whileStalled(_:)`` is running.
    public var isStalled: Bool { stalled.withLock { $0 } }

    /// Reads the model.
    func read<Value>(_ body: (LedgerModel) -> Value) -> Value { state.withLock { body($0) } }
}
