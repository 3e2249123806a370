import Accounts
import Metering
import NIOHTTP1

/// Makes the head of a request to an upstream.
enum UpstreamRequest {
    /// Header fields of a client's request that are forwarded to the upstream. All others are not: those that are
    /// hop-by-hop, name the client, or would choose another organisation on the upstream account. Aggregators accept
    /// fields of other protocols, so those of all protocols pass.
    ///
    /// The prefix is that of the fields in which official SDKs describe themselves.
    private static let forwarded = HeaderNames(
        ["accept", "content-type", "user-agent", "idempotency-key"]
            + UpstreamProtocol.allCases.flatMap(\.headers.forwardedFromClient), prefixes: ["x-stainless-"])

    static func head(
        _ operation: Operation, parameter: String?, to upstream: Upstream, client: HTTPRequestHead, bodyBytes: Int?
    ) -> HTTPRequestHead {
        var headers = HTTPHeaders()
        headers.reserveCapacity(client.headers.count + 6)
        headers.add(name: HeaderName.host, value: upstream.authority)
        let rules = operation.upstreamProtocol.headers
        headers.add(name: rules.key, value: rules.keyPrefix + upstream.key.revealed)
        // The answer is metered as it passes: it has to be uncompressed.
        headers.add(name: "accept-encoding", value: "identity")
        if let bodyBytes { headers.add(name: HeaderName.contentLength, value: String(bodyBytes)) }
        for (name, value) in client.headers where forwarded.contains(name) { headers.add(name: name, value: value) }
        if let required = rules.required, !headers.contains(name: required.name) {
            headers.add(name: required.name, value: required.value)
        }
        return HTTPRequestHead(
            version: .http1_1, method: operation.method.http,
            uri: upstream.basePath + target(operation, parameter, client: client), headers: headers)
    }

    /// Returns the path below the upstream's base path, with its query. Lists of models are kept for all clients: the
    /// query of the client that happens to ask does not count.
    private static func target(_ operation: Operation, _ parameter: String?, client: HTTPRequestHead) -> String {
        if operation.readsModelList { return operation.upstreamProtocol.modelListTarget }
        let query = client.query
        let forwarded = operation.upstreamProtocol.forwardedQuery(query, operation) ?? String(query)
        return operation.path(with: parameter) + (forwarded.isEmpty ? "" : "?" + forwarded)
    }
}
