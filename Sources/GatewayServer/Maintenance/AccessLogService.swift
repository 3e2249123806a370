import Observability
import ServiceLifecycle
import UnixSignals

/// Reopens the access log on SIGHUP, so that its file can be rotated, and writes what is left of it at the end.
struct AccessLogService: Service {
    let log: AccessLog

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in await UnixSignalsSequence(trapping: .sighup) { log.reopen() }
        }
        await log.finish()
    }
}
