import Logging
import Proxy
import ServiceLifecycle
import Synchronization

/// The listener with everything behind it. On shutdown it accepts no new connections, lets requests in flight finish, and
/// ends those that have not finished within the shutdown timeout.
struct ListenerService: Service {
    let server: any Service
    let proxy: ProxyService
    let stopping: StopFlag
    let shutdownTimeout: Duration
    let logger: Logger

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            group.addTask {
                try? await gracefulShutdown()
                guard !Task.isCancelled else { return }
                stopping.set()
                logger.info("stopping: requests in flight may finish", metadata: ["within": "\(shutdownTimeout)"])
                try? await Task.sleep(for: shutdownTimeout)
                guard !Task.isCancelled else { return }
                logger.warning("stopping: ending the requests that are still in flight")
                try await proxy.stop()
            }
            try await group.next()
            group.cancelAll()
        }
    }
}

/// Whether the gateway has been asked to stop.
final class StopFlag: Sendable {
    private let flag = Mutex(false)

    var isSet: Bool { flag.withLock { $0 } }

    func set() { flag.withLock { $0 = true } }
}
