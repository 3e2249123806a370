import Metering
import NIOHTTP1

/// The destination of a request's path.
enum RouteMatch: Equatable {
    /// An operation of an upstream; `parameter` is the model or the stored object that the path names, if it names one.
    case proxied(Operation, parameter: String?)
    /// A path of a proxied protocol at which nothing is served.
    case unknown(UpstreamProtocol)
    /// A path whose operations accept only other methods.
    case wrongMethod(UpstreamProtocol, allowed: [HTTPMethod])
    /// The control plane.
    case control
}

/// The table of proxied paths, made from the operations of all protocols. A path that is not in it is never forwarded.
enum ProxyRoute {
    /// Returns the destination of a request.
    ///
    /// - Parameters:
    ///   - path: The path without its query.
    ///   - headers: Decide between protocols that serve the same path.
    static func match(method: HTTPMethod, path: some StringProtocol, headers: HTTPHeaders) -> RouteMatch {
        let path = String(path)
        if let route = table[path] { return route.match(method, headers, parameter: nil) }
        for route in patterns {
            if let parameter = route.parameter(of: path) { return route.match(method, headers, parameter: parameter) }
        }
        return namespace(of: path)
    }

    /// Every proxied path with its method; a parameter stands in braces.
    static var described: [(path: String, method: HTTPMethod)] {
        (table.values + patterns).flatMap { route in
            Set(route.operations.map(\.method.http.rawValue)).map { (route.path, HTTPMethod(rawValue: $0)) }
        }
    }

    private static let routes: [Route] = {
        var paths: [String] = []
        var operations: [String: [Operation]] = [:]
        for operation in Operation.allCases {
            for base in operation.upstreamProtocol.basePaths {
                let path = base + operation.path
                if operations[path] == nil { paths.append(path) }
                operations[path, default: []].append(operation)
            }
        }
        return paths.map { Route(path: $0, operations: operations[$0] ?? []) }
    }()

    private static let table: [String: Route] = Dictionary(
        uniqueKeysWithValues: routes.filter { !$0.hasParameter }.map { ($0.path, $0) })

    /// The longest end first: it is the most specific.
    private static let patterns = routes.filter(\.hasParameter).sorted { $0.suffixLength > $1.suffixLength }

    // MARK: Paths that are not proxied

    /// Paths of the control plane that clients expect below the base path of a protocol.
    private static func isOfControl(_ path: String) -> Bool {
        ["/v1/key", "/v1/credits", "/v1/api-keys"].contains(path)
            || ["/v1/dashboard/", "/v1/account/", "/v1/api-keys/"].contains { path.hasPrefix($0) }
    }

    private static func namespace(of path: String) -> RouteMatch {
        if isOfControl(path) { return .control }
        return namespaces.first { path.hasPrefix($0.prefix) }.map { .unknown($0.upstreamProtocol) } ?? .control
    }

    /// The longest prefix first.
    private static let namespaces: [(prefix: String, upstreamProtocol: UpstreamProtocol)] =
        UpstreamProtocol.allCases
        .flatMap { name in name.namespaces.map { ($0, name) } }
        .sorted { $0.0.utf8.count > $1.0.utf8.count }
}

/// A proxied path, and the operations that are served there. Shared by reference: it is looked up for every request.
private final class Route: Sendable {
    /// The path; a parameter stands in braces.
    let path: String
    /// All that are served there, in the order of the list of protocols.
    let operations: [Operation]
    /// The same, by protocol.
    private let groups: [[Operation]]
    private let prefix: String
    private let suffix: String

    init(path: String, operations: [Operation]) {
        self.path = path
        self.operations = operations
        groups = UpstreamProtocol.allCases.compactMap { name in
            let own = operations.filter { $0.upstreamProtocol == name }
            return own.isEmpty ? nil : own
        }
        let parts = path.split(separator: "{", maxSplits: 1, omittingEmptySubsequences: false)
        prefix = String(parts[0])
        suffix = parts.count > 1 ? String(parts[1].drop { $0 != "}" }.dropFirst()) : ""
    }

    /// Bytes of the path behind its parameter.
    var suffixLength: Int { suffix.utf8.count }

    var hasParameter: Bool { prefix.utf8.count < path.utf8.count }

    /// Returns the value of the path's parameter in a path, percent-decoded; nil if the path does not match. Names of models
    /// may hold slashes, identifiers of objects may not.
    func parameter(of path: String) -> String? {
        guard path.utf8.count > prefix.utf8.count + suffix.utf8.count, path.hasPrefix(prefix), path.hasSuffix(suffix)
        else { return nil }
        let value = PercentEncoding.decode(path.utf8.dropFirst(prefix.utf8.count).dropLast(suffix.utf8.count))
        return operations[0].model == .object && value.contains("/") ? nil : value
    }

    func match(_ method: HTTPMethod, _ headers: HTTPHeaders, parameter: String?) -> RouteMatch {
        let served = group(for: headers)
        if let operation = served.first(where: { $0.method.http == method }) {
            return .proxied(operation, parameter: parameter)
        }
        return .wrongMethod(served[0].upstreamProtocol, allowed: served.map(\.method.http))
    }

    private func group(for headers: HTTPHeaders) -> [Operation] {
        guard groups.count > 1 else { return groups[0] }
        return groups.first { group in
            group[0].upstreamProtocol.distinctiveHeader.map { headers.contains(name: $0) } ?? false
        } ?? groups[0]
    }
}

extension Operation.Method {
    /// The method as NIO has it.
    var http: HTTPMethod {
        switch self {
        case .get: .GET
        case .post: .POST
        case .delete: .DELETE
        }
    }
}
