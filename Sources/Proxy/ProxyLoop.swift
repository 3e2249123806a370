import Accounts
import Admission
import Logging
import Metering
import NIOCore
import Observability
import Timekeeping

/// Everything of the data path that belongs to one event loop: its upstream connections, the exchanges in flight
/// and the clients connected.
///
/// Not `Sendable`, on purpose: an exchange, its client and its upstream connection never leave their loop.
final class ProxyLoop {
    let loop: any EventLoop
    let admission: RequestAdmission
    let configuration: ProxyConfiguration
    /// The limits by which exchanges decide.
    let exchangeLimits: ExchangeLimits
    let logger: Logger
    let modelLists: ModelListCache
    let isOperatorKey: @Sendable (String) -> Bool
    /// Get the record of every request; without any none is made.
    private let observers: [any ExchangeObserver]
    private let pools: [UpstreamProtocol: UpstreamPool]
    /// Exchanges in flight, by their number.
    private(set) var exchanges: [UInt64: Exchange] = [:]
    private var exchangeCounter: UInt64 = 0
    private var clients: [ObjectIdentifier: ClientConnection] = [:]
    private(set) var isStopping = false
    /// Randomness of request identifiers.
    var random = EntropyPool()

    /// Names of keys for upstreams: computing one takes a few microseconds.
    private var endUsers: [KeyID: String] = [:]
    private static let mostEndUsers = 10_000

    /// Interval of the deadline check, which serves all exchanges instead of a timer for each.
    static let tick = TimeAmount.milliseconds(250)

    init(
        loop: any EventLoop, admission: RequestAdmission, configuration: ProxyConfiguration,
        health: [UpstreamProtocol: UpstreamHealth], isOperatorKey: @escaping @Sendable (String) -> Bool,
        connector: any UpstreamConnector, observers: [any ExchangeObserver] = [], logger: Logger
    ) {
        self.observers = observers
        self.loop = loop
        self.admission = admission
        self.configuration = configuration
        self.isOperatorKey = isOperatorKey
        self.logger = logger
        exchangeLimits = ExchangeLimits(configuration)
        modelLists = ModelListCache()
        pools = Dictionary(
            uniqueKeysWithValues: configuration.upstreams.map { name, upstream in
                (
                    name,
                    UpstreamPool(
                        upstream: upstream, health: health[name] ?? UpstreamHealth(), loop: loop,
                        connector: connector, keepAlive: configuration.upstreamKeepAlive.nanoseconds)
                )
            })
        scheduleTick()
    }

    /// Monotonic nanoseconds.
    var now: Int64 { admission.time.monotonicNanoseconds() }

    /// Begins the record of a request, if somebody observes.
    func trace() -> RequestTrace? {
        observers.isEmpty ? nil : RequestTrace(observers: observers, time: admission.time)
    }

    func pool(_ upstreamProtocol: UpstreamProtocol) -> UpstreamPool? { pools[upstreamProtocol] }

    /// Returns the name by which an upstream knows the user of a key; nil if it is told what the client says.
    func endUser(of principal: Principal, at upstreamProtocol: UpstreamProtocol) -> String? {
        guard configuration.upstreams[upstreamProtocol]?.namesEndUsersByKey ?? false else { return nil }
        if let known = endUsers[principal.keyID] { return known }
        if endUsers.count >= Self.mostEndUsers { endUsers = [:] }
        endUsers[principal.keyID] = admission.endUser(of: principal)
        return endUsers[principal.keyID]
    }

    func add(_ exchange: Exchange) { exchanges[exchange.number] = exchange }
    func remove(_ exchange: Exchange) { exchanges[exchange.number] = nil }
    func add(_ client: ClientConnection) { clients[ObjectIdentifier(client)] = client }
    func remove(_ client: ClientConnection) { clients[ObjectIdentifier(client)] = nil }

    /// Returns the number of a new exchange. Unlike addresses, numbers are the same in each run of a simulation.
    func nextExchangeNumber() -> UInt64 {
        exchangeCounter += 1
        return exchangeCounter
    }

    /// Ends every exchange now, each settled by what it has used so far, and closes every connection.
    func stop() {
        isStopping = true
        for exchange in Array(exchanges.values) { exchange.stop() }
        for client in Array(clients.values) { client.close() }
        for pool in pools.values { pool.closeAll() }
    }

    /// Goes on for as long as the data path lives.
    private func scheduleTick() {
        loop.assumeIsolated().scheduleTask(in: Self.tick) { [weak self] in
            self?.checkDeadlines()
            self?.scheduleTick()
        }
    }

    private func checkDeadlines() {
        let now = now
        for exchange in Array(exchanges.values) { exchange.checkDeadlines(now: now) }
        for client in Array(clients.values) { client.checkDeadlines(now: now) }
        for pool in pools.values { pool.closeStale(now: now) }
    }
}
