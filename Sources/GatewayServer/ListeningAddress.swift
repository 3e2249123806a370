import NIOCore
import Synchronization

/// The port that the listener is bound to. Callers of `port()` wait until it is published or has failed.
final class ListeningAddress: Sendable {
    private enum State {
        case waiting([CheckedContinuation<Int, any Error>])
        case known(Result<Int, any Error>)
    }

    private let state = Mutex(State.waiting([]))

    func publish(_ address: SocketAddress?) {
        resolve(.success(address?.port ?? 0))
    }

    func fail(_ error: any Error) {
        resolve(.failure(error))
    }

    func port() async throws -> Int {
        try await withCheckedThrowingContinuation { continuation in
            let known: Result<Int, any Error>? = state.withLock { state in
                switch state {
                case .waiting(let others):
                    state = .waiting(others + [continuation])
                    return nil
                case .known(let result): return result
                }
            }
            if let known { continuation.resume(with: known) }
        }
    }

    private func resolve(_ result: Result<Int, any Error>) {
        let waiting: [CheckedContinuation<Int, any Error>] = state.withLock { state in
            guard case .waiting(let continuations) = state else { return [] }
            state = .known(result)
            return continuations
        }
        for continuation in waiting { continuation.resume(with: result) }
    }
}
