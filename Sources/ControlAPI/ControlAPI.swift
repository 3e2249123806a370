import Accounts
import Admission
import Foundation
import HTTPTypes
import Hummingbird
import Ledger
import Logging
import NIOCore
import NIOFoundationEssentialsCompat
import Portal
import Timekeeping

/// How the gateway feels.
public struct Health: Sendable {
    /// The last write to the ledger succeeded.
    public var isLedgerWritable: Bool
    /// The gateway takes no new work.
    public var isStopping: Bool

    /// Creates a health report.
    public init(isLedgerWritable: Bool, isStopping: Bool) {
        self.isLedgerWritable = isLedgerWritable
        self.isStopping = isStopping
    }
}

/// What the operator decides for the control plane.
public struct ControlConfiguration: Sendable {
    /// How often the routes of the account dialect may be called.
    public var limits = AccountLimits()
    /// Whose `X-Forwarded-For` is believed.
    public var trustedProxies = TrustedProxies()

    /// Creates the default.
    public init() {}
}

/// What the routes work with: a request's own things, and who is at the other end of its connection.
public struct ControlContext: RequestContext {
    public var coreContext: CoreRequestContextStorage
    let peer: IPAddress?

    public init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        peer = source.channel.remoteAddress?.ipAddress.flatMap { IPAddress($0) }
    }
}

/// The control plane: what resellers, customers and the operator read and change.
///
/// Every route stands in one table with the credentials that may call it; what comes in is read strictly, and every
/// answer, errors included, is JSON.
public struct ControlAPI: Sendable {
    private let admission: AdmissionServices
    private let ledger: any LedgerReader
    private let store: any LedgerStore
    private let admin: AdminCredential
    private let configuration: ControlConfiguration
    private let health: @Sendable () -> Health
    let routes: [ControlRoute]
    private let calls = IdempotencyLocks()
    private let limits = EndpointLimits()
    private let logger: Logger

    /// Creates the control plane of a gateway.
    public init(
        admission: AdmissionServices, ledger: any LedgerReader, store: any LedgerStore, admin: AdminCredential,
        configuration: ControlConfiguration = ControlConfiguration(), prices: @escaping PriceSource,
        health: @escaping @Sendable () -> Health, system: SystemSources, logger: Logger
    ) {
        self.admission = admission
        self.ledger = ledger
        self.store = store
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
            + BrandRoutes(admission: admission, ledger: ledger).table
            + OwnKeyRoutes(admission: admission, ledger: ledger).table
            + AccountRoutes(admission: admission, ledger: ledger, limits: limits).table
            + AccountKeyRoutes(admission: admission, ledger: ledger, limits: limits).table
            + CreditRoutes(admission: admission, ledger: ledger, limits: limits).table
            + CredentialRoutes(admission: admission, ledger: ledger).table
            + AdministrationRoutes(admission: admission, ledger: ledger).table
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
            router.on(RouterPath(route.path), method: route.method) { request, context in
                await answer(route, request, context)
            }
        }
        router.get(RouterPath(Self.health)) { _, _ in json(.ok, .object([("status", .string("ok"))])) }
        router.get(RouterPath(Self.readiness)) { _, _ in readiness() }
        for file in PortalFile.all {
            router.get(RouterPath(file.path)) { request, _ in portal(file, request) }
        }
        router.add(middleware: FallbackMiddleware(routes: routes, open: Self.open))
        return router
    }

    private static let health = "/healthz"
    private static let readiness = "/readyz"
    /// Paths that need no key: all of them are read.
    static let open = [health, readiness] + PortalFile.all.map(\.path)

    // MARK: Who calls

    private func authenticate(
        _ request: Request, for route: ControlRoute, from address: IPAddress?
    ) throws(ControlError) -> Caller {
        let wanted = route.credential
        if wanted == .none { return .nobody }
        guard let key = request.headers.presentedKey else { throw .unauthorized }
        let caller = try caller(key)
        guard let kind = caller.kind, wanted.kinds.contains(kind) else {
            throw ControlError(.wrongKeyKind, wanted.demand)
        }
        switch caller {
        case .nobody, .admin: break
        case .key(let principal):
            guard principal.allows(from: address) else {
                throw ControlError(.addressNotAllowed, "This key may not be used from this address")
            }
        case .management(let principal):
            guard principal.scope == .full || route.method == .get else {
                throw ControlError(.readOnlyKey, "A management key with scope 'full' is required")
            }
        }
        return caller
    }

    private func caller(_ presented: String) throws(ControlError) -> Caller {
        switch admission.requests.authenticate(presented.utf8) {
        case .key(let principal): return .key(principal)
        case .management(let principal): return .management(principal)
        case nil: break
        }
        guard admin.matches(presented) else { throw .unauthorized }
        return .admin
    }

    // MARK: Answers

    private func answer(_ route: ControlRoute, _ request: Request, _ context: ControlContext) async -> Response {
        do {
            let address = configuration.trustedProxies.client(
                of: context.peer, forwardedFor: request.headers[values: .forwardedFor])
            let caller = try authenticate(request, for: route, from: address)
            try count(route, caller)
            let body: Data
            do {
                body = Data(buffer: try await request.body.collect(upTo: route.maximumBody))
            } catch {
                throw ControlError(.bodyTooLarge, "Request body is larger than \(route.maximumBody) bytes")
            }
            let actor = caller.actor(
                of: "\(route.method.rawValue) \(request.uri.path)", from: address,
                changes: route.isBodySecret ? "{}" : Self.changes(in: body))
            var checked = ControlRequest(
                caller: caller, actor: actor, id: context.parameters.get("id"), uri: request.uri,
                headers: request.headers, body: body)
            checked.identity = try identity(of: checked, route)
            return try await answerOnce(route, checked)
        } catch let error as ControlError {
            return fail(error, route)
        } catch let error as ManagementError {
            switch error {
            case .unavailable, .vault:
                logger.error("management call failed", metadata: ["route": "\(route.name)", "reason": "\(error)"])
            default: break
            }
            return fail(ControlError(error), route)
        } catch {
            logger.error("request failed", metadata: ["route": "\(route.name)", "reason": "\(error)"])
            return fail(.internalError, route)
        }
    }

    private func count(_ route: ControlRoute, _ caller: Caller) throws(ControlError) {
        guard let limit = route.limit else { return }
        let now = admission.time.monotonicNanoseconds()
        guard let wait = limits.count(route.name, of: caller.countedAs, within: limit, now: now) else { return }
        throw ControlError(
            .rateLimited,
            "Rate limit reached: \(limit.burst) requests per 10 seconds and \(limit.perMinute) per minute",
            retryAfter: wait)
    }

    /// Answers a request; one that names a call that was answered before gets the same answer, and nothing is done.
    private func answerOnce(_ route: ControlRoute, _ request: ControlRequest) async throws -> Response {
        guard let identity = request.identity else { return try await handle(route, request) }
        guard calls.begin(identity) else {
            throw ControlError(
                .idempotencyKeyBusy, "A call with this Idempotency-Key is being answered; try again",
                field: "Idempotency-Key")
        }
        defer { calls.end(identity) }
        guard let earlier = try await admission.answers.earlierAnswer(to: identity, in: ledger) else {
            return try await handle(route, request)
        }
        var response = json(.ok, .written(earlier))
        response.headers[.idempotentReplayed] = "true"
        return response
    }

    private func handle(_ route: ControlRoute, _ request: ControlRequest) async throws -> Response {
        // Whoever reads after an answer finds it charged.
        await store.settled()
        let answer = try await route.handler(request)
        var response =
            switch answer.body {
            case .json(let value): json(.ok, value)
            case .csv(let write): csv(write, route)
            }
        for field in answer.headers { response.headers[field.name] = field.value }
        return response
    }

    /// Answers with lines as they come. When they end early the connection ends with them: half a file must not look
    /// whole.
    private func csv(
        _ write: @escaping @Sendable (_ write: (String) async throws -> Void) async throws -> Void,
        _ route: ControlRoute
    ) -> Response {
        let body = ResponseBody { [logger] writer in
            var writer = writer
            do {
                try await write { try await writer.write(ByteBuffer(string: $0)) }
            } catch {
                logger.warning("export ended early", metadata: ["route": "\(route.name)", "reason": "\(error)"])
                throw error
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/csv; charset=utf-8", .cacheControl: "no-store", .xContentTypeOptions: "nosniff",
                .contentDisposition: "attachment; filename=\"usage-logs.csv\"",
            ], body: body)
    }

    private func fail(_ error: ControlError, _ route: ControlRoute) -> Response {
        var response = json(error.status, error.body(route.errors))
        if let seconds = error.retryAfter { response.headers[.retryAfter] = String(seconds) }
        return response
    }

    private static let longestIdempotencyKey = 255
    /// Longest body that the audit log keeps as it is, in bytes.
    private static let longestChanges = 8192

    /// Returns what the audit log keeps of a body: its fields, or how long it is.
    private static func changes(in body: Data) -> String {
        if body.isEmpty { return "{}" }
        guard body.count <= longestChanges, let fields = try? JSONDecoder().decode(JSON.self, from: body) else {
            return JSON.object([("bytes", .integer(body.count))]).text
        }
        return fields.text
    }

    private func identity(of request: ControlRequest, _ route: ControlRoute) throws(ControlError) -> IdempotencyKey? {
        guard route.isRepeatable, let name = request.headers[.idempotencyKey] else { return nil }
        guard !name.isEmpty, name.utf8.count <= Self.longestIdempotencyKey,
            name.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw .invalid("Idempotency-Key", "1 to 255 visible ASCII characters") }
        let described = Array("\(route.method.rawValue) \(request.uri.path)\n".utf8) + request.body
        guard let digest = admission.answers.digest(ofRequest: described) else { throw .internalError }
        return IdempotencyKey(caller: request.caller.accountID, name: name, requestDigest: digest)
    }

    private func readiness() -> Response {
        let health = health()
        var reasons: [JSON] = []
        if !health.isLedgerWritable { reasons.append(.string("ledger cannot be written")) }
        if health.isStopping { reasons.append(.string("stopping")) }
        return reasons.isEmpty
            ? json(.ok, .object([("status", .string("ready"))]))
            : json(.serviceUnavailable, .object([("status", .string("unavailable")), ("reasons", .array(reasons))]))
    }

    private func portal(_ file: PortalFile, _ request: Request) -> Response {
        var headers: HTTPFields = [
            .contentType: file.contentType, .eTag: file.tag, .cacheControl: "no-cache",
            .xContentTypeOptions: "nosniff", .contentSecurityPolicy: PortalFile.contentSecurityPolicy,
        ]
        headers[.referrerPolicy] = "no-referrer"
        if request.headers[.ifNoneMatch] == file.tag { return Response(status: .notModified, headers: headers) }
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: file.bytes)))
    }
}

/// Returns an answer in JSON.
func json(_ status: HTTPResponse.Status, _ value: JSON) -> Response {
    Response(
        status: status,
        headers: [
            .contentType: "application/json", .cacheControl: "no-store", .xContentTypeOptions: "nosniff",
        ], body: .init(byteBuffer: ByteBuffer(bytes: value.utf8)))
}
