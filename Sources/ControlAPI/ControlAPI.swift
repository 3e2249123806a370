import Accounts
import Admission
import HTTPTypes
import Hummingbird
import Ledger
import Logging
import NIOCore
import Portal
import Timekeeping

/// The health status of the gateway.
public struct Health: Sendable {
    /// Whether the last write to the ledger succeeded.
    public var isLedgerWritable: Bool
    /// Whether the gateway is stopping and accepts no new work.
    public var isStopping: Bool

    /// Creates a health status.
    public init(isLedgerWritable: Bool, isStopping: Bool) {
        self.isLedgerWritable = isLedgerWritable
        self.isStopping = isStopping
    }
}

/// The operator's settings for the control plane.
public struct ControlConfiguration: Sendable {
    /// Rate limits of the routes of the account dialect.
    public var limits = AccountLimits()
    /// Proxies whose `X-Forwarded-For` is trusted.
    public var trustedProxies = TrustedProxies()

    /// Creates the default.
    public init() {}
}

/// The control plane: the API with which resellers, customers and the operator read and change accounts and keys.
///
/// Every route is a row of one table, with the credentials that may call it. A request passes a pipeline of middleware
/// (`Pipeline/`) before the route's handler; bodies and queries are read strictly, and every answer, errors included, is
/// JSON or CSV.
public struct ControlAPI: Sendable {
    private let admission: AdmissionServices
    private let ledger: any LedgerReader
    private let admin: AdminCredential
    private let configuration: ControlConfiguration
    private let health: @Sendable () -> Health
    let routes: [ControlRoute]
    private let locks = IdempotencyLocks()
    private let limits = EndpointLimits()
    private let logger: Logger

    /// Creates the control plane of a gateway.
    public init(
        admission: AdmissionServices, ledger: any LedgerReader, admin: AdminCredential,
        configuration: ControlConfiguration = ControlConfiguration(), prices: @escaping PriceSource,
        health: @escaping @Sendable () -> Health, system: SystemSources, logger: Logger
    ) {
        self.admission = admission
        self.ledger = ledger
        self.admin = admin
        self.configuration = configuration
        self.health = health
        self.logger = logger
        let limits = configuration.limits
        routes =
            ResellerRoutes(admission: admission, ledger: ledger).table
            + EarningsRoutes(admission: admission, ledger: ledger).table
            + VoucherRoutes(admission: admission, ledger: ledger, limits: limits).table
            + AlertRoutes(admission: admission, ledger: ledger).table
            + RequestRuleRoutes(admission: admission, ledger: ledger).table
            + BrandRoutes(admission: admission, ledger: ledger).table
            + OwnKeyRoutes(admission: admission, ledger: ledger).table
            + AccountRoutes(admission: admission, ledger: ledger, limits: limits).table
            + AccountKeyRoutes(admission: admission, ledger: ledger, limits: limits).table
            + CreditRoutes(admission: admission, ledger: ledger, limits: limits).table
            + CredentialRoutes(admission: admission, ledger: ledger).table
            + AdministrationRoutes(admission: admission, ledger: ledger).table
            + RequestRoutes(admission: admission, ledger: ledger).table
            + PriceRoutes(admission: admission, source: prices).table
            + StatusRoutes(
                admission: admission, ledger: ledger, health: health, sources: system,
                check: LedgerCheck(time: admission.time, logger: logger, prove: system.proof)
            ).table
            + AuditRoutes(ledger: ledger).table
    }

    /// Returns the router that answers every request that is not proxied.
    public func router() -> Router<ControlContext> {
        let router = Router(context: ControlContext.self)
        for route in routes {
            pipeline(of: route, to: router).on(RouterPath(route.path), method: route.method) {
                [logger] request, context in
                try await route.handler(ControlRequest(request, context)).response(of: route, logger: logger)
            }
        }
        router.get(RouterPath(Self.health)) { _, _ in Response.json(.ok, .object([("status", .string("ok"))])) }
        router.get(RouterPath(Self.readiness)) { _, _ in readiness() }
        PortalRoutes().add(to: router)
        router.add(middleware: FallbackMiddleware(routes: routes, open: Self.open))
        return router
    }

    /// Returns the group of a route, with the middleware that a request passes before the route's handler, in this order.
    private func pipeline(of route: ControlRoute, to router: Router<ControlContext>) -> RouterGroup<ControlContext> {
        router.group()
            .add(middleware: ErrorMiddleware(route: route, logger: logger))
            .add(
                middleware: AuthenticationMiddleware(
                    route: route, admission: admission.requests, admin: admin,
                    trustedProxies: configuration.trustedProxies)
            )
            .add(middleware: RateLimitMiddleware(route: route, limits: limits, time: admission.time))
            .add(middleware: BodyMiddleware(route: route))
            .add(middleware: AuditMiddleware(route: route))
            .add(
                middleware: IdempotencyMiddleware(
                    route: route, answers: admission.answers, ledger: ledger, locks: locks)
            )
            .add(middleware: OwnWritesMiddleware(admission: admission.requests))
    }

    private static let health = "/healthz"
    private static let readiness = "/readyz"
    /// Paths that need no key; all of them accept GET alone.
    static let open = [health, readiness] + PortalFile.pages.map(\.path)

    // MARK: Answers

    private func readiness() -> Response {
        let health = health()
        var reasons: [JSON] = []
        if !health.isLedgerWritable { reasons.append(.string("ledger cannot be written")) }
        if health.isStopping { reasons.append(.string("stopping")) }
        return reasons.isEmpty
            ? Response.json(.ok, .object([("status", .string("ready"))]))
            : Response.json(
                .serviceUnavailable, .object([("status", .string("unavailable")), ("reasons", .array(reasons))]))
    }
}
