import Ledger
import Synchronization
import Timekeeping

@testable import TestSupport

/// A ledger whose writer moves when it is told to, whose disk can fill up, and that forgets what it had not written when
/// the power fails.
final class SimulatedStore: LedgerStore {
    typealias Completion = @Sendable (Result<LedgerReceipt, LedgerFailure>) -> Void

    private struct State {
        var durable: LedgerModel
        var queue: [(command: LedgerCommand, completion: Completion)] = []
        var isDiskFull = false
        var isWritable = true
    }

    private let state: Mutex<State>

    init(durable: LedgerModel = LedgerModel()) {
        state = Mutex(State(durable: durable))
    }

    func enqueue(_ command: LedgerCommand, completion: @escaping Completion) {
        state.withLock { $0.queue.append((command, completion)) }
    }

    var isWritable: Bool { state.withLock { $0.isWritable } }

    func settled() async {}

    func contents(usageFrom day: Day) async -> LedgerContents { durable.contents(usageFrom: day) }

    /// What a start would find on disk.
    var durable: LedgerModel { state.withLock { $0.durable } }

    /// What has been enqueued and is not written.
    var pending: [LedgerCommand] { state.withLock { $0.queue.map(\.command) } }

    var isDiskFull: Bool {
        get { state.withLock { $0.isDiskFull } }
        set { state.withLock { $0.isDiskFull = newValue } }
    }

    /// Writes a batch, as the writer does: on a full disk settlements and extensions are kept, everything else fails.
    func write(atMost count: Int) {
        let told = state.withLock { state -> [(Completion, Result<LedgerReceipt, LedgerFailure>)] in
            let batch = state.queue.prefix(count)
            state.queue.removeFirst(batch.count)
            guard !state.isDiskFull else {
                if !batch.isEmpty { state.isWritable = false }
                state.queue = batch.filter { $0.command.isKept } + state.queue
                return batch.filter { !$0.command.isKept }.map { ($0.completion, .failure(.unavailable("disk full"))) }
            }
            state.isWritable = true
            return batch.map { ($0.completion, state.durable.apply($0.command)) }
        }
        for (completion, result) in told { completion(result) }
    }

    /// The process dies: what was not written never was. Returns what is on disk.
    func crash() -> LedgerModel {
        let (durable, lost) = state.withLock { state in
            defer { state.queue = [] }
            return (state.durable, state.queue)
        }
        // Nobody of the dead process hears this; it ends the tasks that wait.
        for entry in lost { entry.completion(.failure(.unavailable("crashed"))) }
        return durable
    }
}

extension LedgerCommand {
    var isKept: Bool {
        switch self {
        case .settle, .extend: true
        default: false
        }
    }
}
