import Accounts
import Metering
import NIOHTTP1

/// Makes the head of a request to an upstream.
enum UpstreamRequest {
    /// Header fields of a client's request that the upstream gets to see. Everything else stays here: whatever
    /// is hop-by-hop, names the client, or would choose another organisation on the upstream account.
    private static let forwarded: Set<String> = [
        "accept", "content-type", "user-agent", "anthropic-version", "anthropic-beta", "openai-beta",
        "idempotency-key", "anthropic-dangerous-direct-browser-access",
    ]

    /// Beginnings of header fields that official SDKs describe themselves with.
    private static let forwardedPrefix = "x-stainless-"

    static func head(
        _ operation: Operation, to upstream: Upstream, client: HTTPRequestHead, bodyBytes: Int?
    ) -> HTTPRequestHead {
        var headers = HTTPHeaders()
        headers.reserveCapacity(client.headers.count + 6)
        headers.add(name: "host", value: upstream.authority)
        switch operation.upstreamProtocol {
        case .openAI: headers.add(name: "authorization", value: "Bearer " + upstream.key.revealed)
        case .anthropic: headers.add(name: "x-api-key", value: upstream.key.revealed)
        }
        // The answer is metered as it passes: it has to come uncompressed.
        headers.add(name: "accept-encoding", value: "identity")
        if let bodyBytes { headers.add(name: "content-length", value: String(bodyBytes)) }
        for (name, value) in client.headers where isForwarded(name) { headers.add(name: name, value: value) }
        if operation.upstreamProtocol == .anthropic, !headers.contains(name: "anthropic-version") {
            headers.add(name: "anthropic-version", value: "2023-06-01")
        }
        var uri = upstream.basePath + operation.upstreamPath
        if let query = client.uri.firstIndex(of: "?") { uri += client.uri[query...] }
        return HTTPRequestHead(
            version: .http1_1, method: operation.isModelList ? .GET : .POST, uri: uri, headers: headers)
    }

    private static func isForwarded(_ name: String) -> Bool {
        if forwarded.contains(name) { return true }
        let lowercased = name.lowercased()
        return forwarded.contains(lowercased) || lowercased.hasPrefix(forwardedPrefix)
    }
}

extension Upstream {
    /// The `Host` of requests to it.
    var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (usesTLS ? 443 : 80) ? name : "\(name):\(port)"
    }
}
