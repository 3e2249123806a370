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

/// The control plane: what resellers, customers and the operator read and change.
///
/// Every route stands in one table with the credential that it needs; what comes in is read strictly, and every answer,
/// errors included, is JSON.
public struct ControlAPI: Sendable {
    /// What the routes work with.
    public typealias Context = BasicRequestContext

    private let admission: AdmissionControl
    private let ledger: any LedgerReader
    private let store: any LedgerStore
    private let admin: AdminCredential
    private let health: @Sendable () -> Health
    private let calls = CallsInFlight()
    private let prices: PriceSource
    private let logger: Logger

    /// Creates the control plane of a gateway.
    public init(
        admission: AdmissionControl, ledger: any LedgerReader, store: any LedgerStore, admin: AdminCredential,
        prices: @escaping PriceSource, health: @escaping @Sendable () -> Health, logger: Logger
    ) {
        self.admission = admission
        self.ledger = ledger
        self.store = store
        self.admin = admin
        self.prices = prices
        self.health = health
        self.logger = logger
    }

    /// Returns the router that answers every request that is not proxied.
    public func router() -> Router<Context> {
        let router = Router(context: Context.self)
        let reseller = ResellerRoutes(admission: admission, ledger: ledger)
        let administration = AdministrationRoutes(admission: admission, ledger: ledger)
        let ownKey = OwnKeyRoutes(admission: admission, ledger: ledger)
        let pricing = PriceRoutes(admission: admission, source: prices)
        let status = StatusRoutes(admission: admission, ledger: ledger, health: health)
        let routes = reseller.table + ownKey.table + administration.table + pricing.table + status.table
        for route in routes {
            router.on(RouterPath(route.path), method: route.method) { request, context in
                await answer(route, request, context)
            }
        }
        router.get("/healthz") { _, _ in json(.ok, .object([("status", .string("ok"))])) }
        router.get("/readyz") { _, _ in readiness() }
        for file in PortalFile.all {
            router.get(RouterPath(file.path)) { request, _ in portal(file, request) }
        }
        router.add(middleware: FallbackMiddleware(methods: Self.methods(of: routes)))
        return router
    }

    // MARK: Answers

    private func answer(_ route: ControlRoute, _ request: Request, _ context: Context) async -> Response {
        do {
            let principal = try authenticate(request, for: route.credential)
            let body: Data
            do {
                body = Data(buffer: try await request.body.collect(upTo: route.maximumBody))
            } catch {
                throw ControlError(
                    status: .contentTooLarge, message: "Request body is larger than \(route.maximumBody) bytes")
            }
            var checked = ControlRequest(
                principal: principal, id: context.parameters.get("id"), uri: request.uri, body: body)
            checked.identity = try identity(of: request, route, checked)
            return try await answerOnce(route, checked)
        } catch let error as ControlError {
            return json(error.status, .object([("error", .string(error.message))]))
        } catch let error as ManagementError {
            return answer(error, route)
        } catch {
            return fail(error, route)
        }
    }

    /// Answers a request; one that names a call that was answered before gets the same answer, and nothing is done.
    private func answerOnce(_ route: ControlRoute, _ request: ControlRequest) async throws -> Response {
        guard let identity = request.identity else { return try await handle(route, request) }
        guard calls.begin(identity) else {
            throw ControlError.conflict("A call with this Idempotency-Key is being answered; try again")
        }
        defer { calls.end(identity) }
        guard let earlier = try await admission.earlierAnswer(to: identity, in: ledger) else {
            return try await handle(route, request)
        }
        var response = json(.ok, text: String(decoding: earlier, as: UTF8.self))
        response.headers[Self.replayed] = "true"
        return response
    }

    private func handle(_ route: ControlRoute, _ request: ControlRequest) async throws -> Response {
        // Whoever reads after an answer finds it charged.
        await store.settled()
        return json(.ok, try await route.handler(request))
    }

    private static let idempotencyKey = HTTPField.Name("idempotency-key") ?? .ifMatch
    private static let replayed = HTTPField.Name("idempotent-replayed") ?? .vary
    private static let longestIdempotencyKey = 255

    private func identity(
        of request: Request, _ route: ControlRoute, _ checked: ControlRequest
    ) throws(ControlError) -> CallIdentity? {
        guard route.isRepeatable, let name = request.headers[Self.idempotencyKey] else { return nil }
        guard !name.isEmpty, name.utf8.count <= Self.longestIdempotencyKey,
            name.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw .invalid("Idempotency-Key", "1 to 255 visible ASCII characters") }
        let described = Array("\(route.method.rawValue) \(request.uri.path)\n".utf8) + checked.body
        guard let digest = admission.digest(ofRequest: described) else {
            throw ControlError(status: .internalServerError, message: "Internal error")
        }
        return CallIdentity(caller: checked.principal?.accountID, name: name, requestDigest: digest)
    }

    private func answer(_ error: ManagementError, _ route: ControlRoute) -> Response {
        switch error {
        case .unavailable, .vault:
            logger.error("management call failed", metadata: ["route": "\(route.path)", "reason": "\(error)"])
        default: break
        }
        let answer = ControlError(error)
        return json(answer.status, .object([("error", .string(answer.message))]))
    }

    private func fail(_ error: any Error, _ route: ControlRoute) -> Response {
        logger.error(
            "request failed", metadata: ["route": "\(route.method.rawValue) \(route.path)", "reason": "\(error)"])
        return json(.internalServerError, .object([("error", .string("Internal error"))]))
    }

    private func authenticate(
        _ request: Request, for credential: RequiredCredential
    ) throws(ControlError) -> Principal? {
        if credential == .none { return nil }
        guard let key = request.headers.presentedKey else { throw .unauthorized }
        if credential == .adminKey {
            if admin.matches(key) { return nil }
            throw admission.authenticate(key.utf8) == nil ? .unauthorized : .forbidden("An admin key is required")
        }
        guard let principal = admission.authenticate(key.utf8) else {
            throw admin.matches(key) ? .forbidden("An account key or a client key is required") : .unauthorized
        }
        switch (credential, principal.kind) {
        case (.accountKey, .client): throw .forbidden("An account key is required")
        case (.clientKey, .account): throw .forbidden("A client key is required")
        default: return principal
        }
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
        headers[.init("referrer-policy") ?? .referer] = "no-referrer"
        if request.headers[.ifNoneMatch] == file.tag { return Response(status: .notModified, headers: headers) }
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: file.bytes)))
    }

    private static func methods(of routes: [ControlRoute]) -> [String: [HTTPRequest.Method]] {
        Dictionary(grouping: routes, by: \.path).mapValues { $0.map(\.method) }
    }
}

/// Returns an answer in JSON.
func json(_ status: HTTPResponse.Status, _ value: JSON) -> Response { json(status, text: value.text) }

/// Returns an answer whose JSON is written already.
func json(_ status: HTTPResponse.Status, text: String) -> Response {
    Response(
        status: status,
        headers: [
            .contentType: "application/json", .cacheControl: "no-store", .xContentTypeOptions: "nosniff",
        ], body: .init(byteBuffer: ByteBuffer(string: text)))
}

extension HTTPFields {
    /// The key that a request presents: `Authorization: Bearer`, else `x-api-key`.
    fileprivate var presentedKey: String? {
        if let authorization = self[.authorization], authorization.lowercased().hasPrefix("bearer ") {
            return String(authorization.dropFirst(7).drop { $0 == " " })
        }
        return self[values: .init("x-api-key") ?? .authorization].first
    }
}

/// Answers what no route takes: 405 where the path is known, else 404, in JSON like everything else.
struct FallbackMiddleware: RouterMiddleware {
    typealias Context = ControlAPI.Context
    let methods: [String: [HTTPRequest.Method]]

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            let allowed = methods.first { Self.matches(request.uri.path, $0.key) }?.value
            guard let allowed else { return json(.notFound, .object([("error", .string("Not found"))])) }
            var response = json(.methodNotAllowed, .object([("error", .string("Method not allowed"))]))
            response.headers[.allow] = allowed.map(\.rawValue).joined(separator: ", ")
            return response
        }
    }

    private static func matches(_ path: String, _ pattern: String) -> Bool {
        let parts = path.split(separator: "/")
        let expected = pattern.split(separator: "/")
        return parts.count == expected.count && zip(parts, expected).allSatisfy { $1.hasPrefix(":") || $0 == $1 }
    }
}
