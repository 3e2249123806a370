import Accounts
import Ledger
import Synchronization
import Timekeeping

/// A ledger whose writer writes on command, whose disk can fill up, and that loses unwritten commands in a crash.
final class SimulatedStore: LedgerStore {
    /// A command in the queue.
    private struct Entry {
        /// The command, if it is one of a request.
        let request: RequestCommand?
        /// Applies it; returns the call that completes it.
        let write: (inout LedgerModel) -> @Sendable () -> Void
        let fail: @Sendable (LedgerFailure) -> Void

        /// Settlements and extensions are kept on a full disk.
        var isKept: Bool {
            switch request {
            case .settle, .extend, .remember: true
            default: false
            }
        }
    }

    private struct State {
        var durable: LedgerModel
        var queue: [Entry] = []
        var isDiskFull = false
        var isWritable = true
        var reads = 0
    }

    private let state: Mutex<State>

    init(durable: LedgerModel = LedgerModel()) {
        state = Mutex(State(durable: durable))
    }

    func enqueue(
        _ command: RequestCommand, completion: @escaping @Sendable (Result<RequestReceipt, LedgerFailure>) -> Void
    ) -> WriteSequence {
        append(command, completion) { $0.apply(command) }
        return .start
    }

    func enqueue<Receipt>(
        _ command: some ManagementCommand<Receipt>,
        completion: @escaping @Sendable (Result<Receipt, LedgerFailure>) -> Void
    ) {
        append(nil, completion) { $0.apply(command) }
    }

    private func append<Receipt: Sendable>(
        _ request: RequestCommand?, _ completion: @escaping @Sendable (Result<Receipt, LedgerFailure>) -> Void,
        _ apply: @escaping @Sendable (inout LedgerModel) -> Result<Receipt, LedgerFailure>
    ) {
        state.withLock { state in
            state.queue.append(
                Entry(
                    request: request,
                    write: { model in
                        let result = apply(&model)
                        return { completion(result) }
                    }, fail: { completion(.failure($0)) }))
        }
    }

    var isWritable: Bool { state.withLock { $0.isWritable } }

    func settled(upTo sequence: WriteSequence) async {}

    func contents(usageFrom day: Day) async -> LedgerContents {
        state.withLock { state in
            state.reads += 1
            return state.durable.contents(usageFrom: day)
        }
    }

    func givenObjects(_ digests: [ObjectDigest], to key: KeyID) async -> [ObjectDigest: String] {
        durable.givenObjects(digests, to: key)
    }

    /// How often the contents were read.
    var reads: Int { state.withLock { $0.reads } }

    /// The state on disk.
    var durable: LedgerModel { state.withLock { $0.durable } }

    /// Commands that are enqueued and not written; nil stands for a management command.
    var pending: [RequestCommand?] { state.withLock { $0.queue.map(\.request) } }

    var isDiskFull: Bool {
        get { state.withLock { $0.isDiskFull } }
        set { state.withLock { $0.isDiskFull = newValue } }
    }

    /// Writes a batch, as the writer does: on a full disk settlements and extensions are kept, everything else fails.
    func write(atMost count: Int) {
        let completions = state.withLock { state -> [@Sendable () -> Void] in
            let batch = state.queue.prefix(count)
            state.queue.removeFirst(batch.count)
            guard !state.isDiskFull else {
                if !batch.isEmpty { state.isWritable = false }
                state.queue = batch.filter(\.isKept) + state.queue
                return batch.filter { !$0.isKept }.map { entry in
                    let fail = entry.fail
                    return { fail(.unavailable("disk full")) }
                }
            }
            state.isWritable = true
            return batch.map { $0.write(&state.durable) }
        }
        for complete in completions { complete() }
    }

    /// Loses all commands that are not written, as the death of the process does. Returns the state on disk.
    func crash() -> LedgerModel {
        let (durable, lost) = state.withLock { state in
            defer { state.queue = [] }
            return (state.durable, state.queue)
        }
        // Ends the tasks that wait for them.
        for entry in lost { entry.fail(.unavailable("crashed")) }
        return durable
    }
}
