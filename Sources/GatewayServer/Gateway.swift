import Accounts
import Admission
import ControlAPI
import Hummingbird
import HummingbirdCore
import Ledger
import Logging
import Metering
import Money
import NIOCore
import NIOPosix
import Observability
import Pricing
import Proxy
import SQLiteStorage
import ServiceLifecycle
import Timekeeping
import UnixSignals
import Vault

/// A gateway composed from its configuration.
///
/// Start order: ledger, admission (which settles the open holds of an earlier run), data path, listener. Stop order:
/// listener (streams in flight may finish until a timeout), ledger (all enqueued commands become durable).
public struct Gateway: Sendable {
    private let ledger: SQLiteLedger
    private let services: ServiceGroup
    private let group: MultiThreadedEventLoopGroup
    private let listening: ListeningAddress
    /// The operator's key, if this is the first start and none was configured. It is shown once and stored as a digest.
    public let generatedAdminKey: Secret?

    /// Opens the ledger and composes the gateway, which does not listen yet.
    ///
    /// - Throws: `ConfigurationError` for an invalid setting, or an error of the ledger.
    public static func open(
        _ configuration: GatewayConfiguration, stoppingOn signals: [UnixSignal] = [], logger: Logger
    ) async throws -> Gateway {
        let secrets = try GatewaySecrets(configuration)
        let ledger = try SQLiteLedger(path: configuration.databasePath, logger: logger)
        do {
            return try await Gateway(configuration, secrets, ledger: ledger, stoppingOn: signals, logger: logger)
        } catch {
            await ledger.close()
            throw error
        }
    }

    private init(
        _ configuration: GatewayConfiguration, _ secrets: GatewaySecrets, ledger: SQLiteLedger,
        stoppingOn signals: [UnixSignal], logger: Logger
    ) async throws {
        let time = SystemTime()
        let accessLog = try Self.accessLog(configuration.accessLog, time: time, logger: logger)
        generatedAdminKey = secrets.generatedAdminKey
        self.ledger = ledger
        listening = ListeningAddress()
        group = MultiThreadedEventLoopGroup(
            numberOfThreads: configuration.threads > 0 ? configuration.threads : System.coreCount)
        let admission = try await AdmissionServices.open(
            store: ledger, rateCard: configuration.rateCard, vault: secrets.vault,
            policy: configuration.keyPolicy, recovery: configuration.recovery,
            longestRequest: configuration.proxy.longestExchange, time: time, logger: logger)
        let proxy = try ProxyService(
            admission: admission.requests, configuration: configuration.proxy, group: group,
            isOperatorKey: { [admin = secrets.admin] in admin.matches($0) },
            observers: accessLog.map { [$0] } ?? [], logger: logger)
        let stopping = StopFlag()
        let control = ControlAPI(
            admission: admission, ledger: ledger, admin: secrets.admin,
            configuration: configuration.control, prices: configuration.priceSource,
            health: { Health(isLedgerWritable: ledger.isWritable, isStopping: stopping.isSet) },
            system: Self.system(ledger, proxy, path: configuration.databasePath), logger: logger)
        var applicationConfiguration = ApplicationConfiguration(
            address: .hostname(configuration.listen.host, port: configuration.listen.port))
        applicationConfiguration.serverName = nil
        let listening = listening
        let server = Application(
            router: control.router(),
            server: HTTPServerBuilder { GatewayChannel(proxy: proxy, responder: $0) },
            configuration: applicationConfiguration,
            onServerRunning: { listening.publish($0.localAddress) },
            eventLoopGroupProvider: .shared(group), logger: logger)
        let listener = ListenerService(
            server: server, proxy: proxy, stopping: stopping, shutdownTimeout: configuration.shutdownTimeout,
            logger: logger)
        services = ServiceGroup(
            configuration: .init(
                services: (accessLog.map { [.init(service: AccessLogService(log: $0))] } ?? []) + [
                    .init(service: LedgerService(ledger: ledger)),
                    .init(
                        service: RetentionService(
                            ledger: ledger, days: configuration.retentionDays, time: admission.time, logger: logger)),
                    .init(service: WeeklyRollup(ledger: ledger, time: admission.time, logger: logger)),
                    .init(
                        service: StaleHoldMonitor(
                            admission: admission.requests, ledger: ledger, interval: .seconds(60), logger: logger)),
                    .init(
                        service: PriceReload(
                            prices: admission.prices, source: configuration.priceSource, logger: logger)),
                    .init(
                        service: listener, successTerminationBehavior: .gracefullyShutdownGroup,
                        failureTerminationBehavior: .gracefullyShutdownGroup),
                ],
                gracefulShutdownSignals: signals, logger: logger))
    }

    private static func accessLog(
        _ destination: AccessLog.Destination?, time: SystemTime, logger: Logger
    ) throws(ConfigurationError) -> AccessLog? {
        guard let destination else { return nil }
        do {
            return try AccessLog(destination, time: time, logger: logger)
        } catch {
            throw ConfigurationError("\(Setting.accessLog.variable): the file cannot be written: \(error)")
        }
    }

    private static func system(_ ledger: SQLiteLedger, _ proxy: ProxyService, path: String) -> SystemSources {
        SystemSources(
            ledger: { try ledger.state() },
            upstreams: { proxy.upstreams() },
            proof: {
                let result = try await LedgerVerification.verify(path: path)
                return LedgerProof(rows: result.counts.rows, breaks: result.breaks)
            })
    }

    /// Returns the port that the gateway listens on, as soon as it listens.
    public func port() async throws -> Int { try await listening.port() }

    /// Serves until ``stop()`` is called or one of the signals is received.
    public func run() async throws {
        do {
            try await services.run()
        } catch {
            listening.fail(error)
            await ledger.close()
            try await group.shutdownGracefully()
            throw error
        }
        try await group.shutdownGracefully()
    }

    /// Stops a running gateway: requests in flight may finish, then all enqueued commands are written and `run` returns.
    public func stop() async {
        await services.triggerGracefulShutdown()
    }
}
