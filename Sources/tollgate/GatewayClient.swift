import ArgumentParser
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// Options of the commands that call a running gateway.
struct GatewayOptions: ParsableArguments {
    @Option(help: "URL of the gateway (or TOLLGATE_URL).")
    var url: String = ProcessInfo.processInfo.environment["TOLLGATE_URL"] ?? "http://127.0.0.1:8080"

    @Option(help: "File with the key (or TOLLGATE_ADMIN_KEY or TOLLGATE_ACCOUNT_KEY).")
    var keyFile: String?

    @Flag(help: "Print the response as JSON.")
    var json = false

    /// Returns the key from `--key-file`, or from an environment variable.
    func key(_ variable: String) throws -> String {
        if let keyFile {
            guard let text = try? String(contentsOfFile: keyFile, encoding: .utf8) else {
                throw CommandError("--key-file: \(keyFile) cannot be read")
            }
            return text.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        guard let key = ProcessInfo.processInfo.environment[variable], !key.isEmpty else {
            throw CommandError("\(variable) is not set; set it to the key, or use --key-file")
        }
        return key
    }
}

/// An error that is printed as one line.
struct CommandError: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

/// A response of the gateway: the JSON text, and its members.
struct GatewayAnswer {
    var text: String
    var object: [String: Any]
    var headers: HTTPHeaders

    func list(_ name: String) -> [[String: Any]] { object[name] as? [[String: Any]] ?? [] }
}

/// An HTTP client of the gateway's control plane.
struct GatewayClient: Sendable {
    let url: String
    let key: String

    /// Sends a request and returns the response.
    ///
    /// - Parameter body: JSON text.
    /// - Throws: `CommandError` with the gateway's error message, for every status from 300.
    func send(_ method: HTTPMethod, _ path: String, body: String? = nil) async throws -> GatewayAnswer {
        var request = HTTPClientRequest(url: url + path)
        request.method = method
        request.headers.add(name: "authorization", value: "Bearer \(key)")
        if let body {
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(ByteBuffer(string: body))
        }
        let response: HTTPClientResponse
        let bytes: ByteBuffer
        do {
            response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
            bytes = try await response.body.collect(upTo: 64 << 20)
        } catch {
            throw CommandError("\(url) cannot be reached: \(error)")
        }
        let text = String(buffer: bytes)
        let object = (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any] ?? [:]
        guard response.status.code < 300 else {
            let message = object["error"] as? String ?? (object["error"] as? [String: Any])?["message"] as? String
            throw CommandError("\(message ?? text) (\(response.status.code))")
        }
        return GatewayAnswer(text: text, object: object, headers: response.headers)
    }
}

/// Runs the body of a command; prints an error as one line on standard error and exits with code 1.
func reporting(_ work: () async throws -> Void) async throws {
    do {
        try await work()
    } catch let code as ExitCode {
        throw code
    } catch {
        printError("tollgate: \(error)")
        throw ExitCode.failure
    }
}

extension String {
    /// The text as a JSON string literal, including the quotes.
    var jsonQuoted: String {
        let data = try? JSONSerialization.data(withJSONObject: self, options: .fragmentsAllowed)
        return data.map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }
}
