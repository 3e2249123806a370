import Accounts
import Metering
import NIOHTTP1

/// Where a request goes, by its head alone: to an exchange, to the control plane, or back with an answer.
struct RequestDispatch {
    enum Destination {
        case exchange(Operation, parameter: String?)
        case control
        /// A page asks whether it may send a request.
        case preflight(origin: String)
        /// An answer without an exchange.
        case refusal(RefusalAnswer)
    }

    let facts: RequestHeadFacts
    /// The origin of the page that sent the request, if pages from there may read the answer.
    let origin: String?
    /// The path. Of a target that is refused, only the beginning counts, which decides how the error looks.
    let path: Substring
    /// The target that the destination gets.
    let uri: String
    let destination: Destination

    init(_ head: HTTPRequestHead, _ crossOrigin: CrossOrigin) {
        facts = RequestHeadFacts(head)
        origin = crossOrigin.origin(of: head)
        let target = Result { () throws(HTTPFault) in try RequestTarget(parsing: head.uri) }
        path = (try? target.get().path) ?? head.uri.prefix { $0 != "?" }
        uri = (try? target.get().uri) ?? head.uri
        let route = ProxyRoute.match(method: head.method, path: path, headers: head.headers)
        switch (facts.fault, target) {
        case (let fault?, _), (nil, .failure(let fault)):
            destination = .refusal(RefusalAnswer(fault, RefusalShape(of: route, path)))
        case (nil, .success):
            if let origin, crossOrigin.isPreflight(head) {
                destination = .preflight(origin: origin)
            } else {
                destination = Self.destination(route, path, asksForWebSocket: facts.asksForWebSocket)
            }
        }
    }

    private static func destination(_ route: RouteMatch, _ path: Substring, asksForWebSocket: Bool) -> Destination {
        switch route {
        case .control: .control
        case .proxied(let operation, let parameter): .exchange(operation, parameter: parameter)
        case .unknown(let shape): .refusal(RefusalAnswer(.notFound(path: String(path)), .proxied(shape)))
        case .wrongMethod(let shape, _) where asksForWebSocket:
            .refusal(RefusalAnswer(.noWebSocket, .proxied(shape), [HeaderName.upgrade: "HTTP/1.1"]))
        case .wrongMethod(let shape, let allowed):
            .refusal(
                RefusalAnswer(
                    .wrongMethod(allowed: allowed), .proxied(shape),
                    [HeaderName.allow: allowed.map(\.rawValue).joined(separator: ", ")]))
        }
    }
}
