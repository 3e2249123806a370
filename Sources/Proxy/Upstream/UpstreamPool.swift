import DequeModule
import NIOCore

/// The connections of one event loop to one upstream: the last one released is used first, so that those
/// that are not needed reach their age limit.
final class UpstreamPool {
    /// The upstream that the connections lead to.
    let upstream: Upstream
    let health: UpstreamHealth
    private let loop: any EventLoop
    private let connector: any UpstreamConnector
    private let keepAlive: Int64
    /// Oldest first.
    private var idle = Deque<UpstreamConnection>()

    /// - Parameter keepAlive: Time after which an unused connection is closed, in nanoseconds.
    init(
        upstream: Upstream, health: UpstreamHealth, loop: any EventLoop, connector: any UpstreamConnector,
        keepAlive: Int64
    ) {
        self.upstream = upstream
        self.health = health
        self.loop = loop
        self.connector = connector
        self.keepAlive = keepAlive
    }

    /// Returns a warm connection, or nil if there is none.
    func takeIdle() -> UpstreamConnection? {
        while let connection = idle.popLast() {
            if connection.isActive { return connection }
        }
        return nil
    }

    /// Makes a new connection; `completion` is called on the pool's event loop.
    func connect(_ completion: @escaping (Result<UpstreamConnection, any Error>) -> Void) {
        connector.connect(to: upstream, on: loop) { [self] result in
            completion(
                result.flatMap { channel in
                    Result {
                        let connection = UpstreamConnection { [weak self] closed in
                            self?.idle.removeAll { $0 === closed }
                        }
                        try channel.pipeline.syncOperations.addHandler(connection)
                        return connection
                    }
                })
        }
    }

    /// Takes a connection whose answer is complete; one that cannot be used again is closed.
    func release(_ connection: UpstreamConnection, now: Int64) {
        connection.receiver = nil
        guard connection.isReusable || connection.requests == 0, connection.isActive else {
            connection.close()
            return
        }
        connection.setReading(true)
        connection.idleSince = now
        idle.append(connection)
    }

    /// Closes connections that have not been used for too long.
    func closeStale(now: Int64) {
        while let oldest = idle.first, now - oldest.idleSince > keepAlive {
            idle.removeFirst()
            oldest.close()
        }
    }

    func closeAll() {
        let connections = idle
        idle.removeAll()
        for connection in connections { connection.close() }
    }
}
