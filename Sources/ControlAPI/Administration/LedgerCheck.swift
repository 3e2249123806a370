import Logging
import Synchronization
import Timekeeping

/// Verifies the ledger on request, one verification at a time, and keeps the last result.
final class LedgerCheck: Sendable {
    enum State: Sendable {
        case never
        case running(since: Timestamp)
        case done(LedgerProof, at: Timestamp, milliseconds: Int64)
        case failed(at: Timestamp)
    }

    private let current = Mutex(State.never)
    private let time: any TimeSource
    private let prove: @Sendable () async throws -> LedgerProof
    private let logger: Logger

    init(time: any TimeSource, logger: Logger, prove: @escaping @Sendable () async throws -> LedgerProof) {
        self.time = time
        self.logger = logger
        self.prove = prove
    }

    var state: State { current.withLock { $0 } }

    /// Starts a verification, unless one is running.
    func start() {
        let began = time.now()
        let isFirst = current.withLock { state in
            if case .running = state { return false }
            state = .running(since: began)
            return true
        }
        guard isFirst else { return }
        Task {
            let result: State
            do {
                let proof = try await prove()
                for sentence in proof.breaks {
                    logger.critical("ledger is not consistent", metadata: ["finding": "\(sentence)"])
                }
                let end = time.now()
                result = .done(proof, at: end, milliseconds: end.milliseconds - began.milliseconds)
            } catch {
                logger.error("ledger could not be verified", metadata: ["reason": "\(error)"])
                result = .failed(at: time.now())
            }
            current.withLock { $0 = result }
        }
    }
}
