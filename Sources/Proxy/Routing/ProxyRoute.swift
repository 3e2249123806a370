import Metering
import NIOHTTP1

/// Where a request's path leads.
enum RouteMatch: Equatable {
    /// To the upstream, as this operation.
    case proxied(Operation)
    /// Into a proxied protocol, but to nothing that is forwarded there.
    case unknown(UpstreamProtocol)
    /// To an operation that knows only the method named.
    case wrongMethod(UpstreamProtocol, allowed: HTTPMethod)
    /// To the control plane.
    case control
}

/// The table of proxied paths. What is not in it is never forwarded.
enum ProxyRoute {
    /// Returns where a request leads.
    ///
    /// - Parameters:
    ///   - path: The path without its query.
    ///   - speaksAnthropic: Whether the request has an `anthropic-version` header; decides whose model list
    ///     plain `/v1/models` is.
    static func match(method: HTTPMethod, path: some StringProtocol, speaksAnthropic: Bool) -> RouteMatch {
        guard var operation = table[String(path)] else { return namespace(of: path) }
        if operation == .openAIModels, speaksAnthropic, path == "/v1/models" { operation = .anthropicModels }
        let allowed = operation.method
        return method == allowed ? .proxied(operation) : .wrongMethod(operation.upstreamProtocol, allowed: allowed)
    }

    /// Paths of the control plane that clients expect below the base URL of a protocol.
    private static func isOfControl(_ path: some StringProtocol) -> Bool {
        ["/v1/key", "/v1/credits", "/v1/api-keys"].contains(String(path))
            || ["/v1/dashboard/", "/v1/account/", "/v1/api-keys/"].contains { path.hasPrefix($0) }
    }

    private static func namespace(of path: some StringProtocol) -> RouteMatch {
        if isOfControl(path) { return .control }
        if path.hasPrefix("/anthropic/") || path.hasPrefix("/proxy/") || path.hasPrefix("/v1/messages") {
            return .unknown(.anthropic)
        }
        return path.hasPrefix("/openai/") || path.hasPrefix("/v1/") ? .unknown(.openAI) : .control
    }

    static let table: [String: Operation] = {
        var table: [String: Operation] = [:]
        for operation in Operation.allCases {
            let prefixes =
                switch operation.upstreamProtocol {
                case .openAI: ["/v1", "/openai/v1"]
                case .anthropic: ["/proxy/v1", "/anthropic/v1"] + (operation == .anthropicModels ? [] : ["/v1"])
                }
            for prefix in prefixes { table[prefix + operation.upstreamPath] = operation }
        }
        return table
    }()
}

extension Operation {
    /// Whether the operation lists models: read with GET, answered from the upstream's list, free.
    var isModelList: Bool { self == .openAIModels || self == .anthropicModels }

    /// The only method that it knows.
    var method: HTTPMethod { isModelList ? .GET : .POST }
}
