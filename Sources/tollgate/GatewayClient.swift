import ArgumentParser
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// Options of the commands that speak to a running gateway.
struct GatewayOptions: ParsableArguments {
    @Option(help: "Where the gateway listens (or TOLLGATE_URL).")
    var url: String = ProcessInfo.processInfo.environment["TOLLGATE_URL"] ?? "http://127.0.0.1:8080"

    @Option(help: "File with the key; else TOLLGATE_ADMIN_KEY or TOLLGATE_ACCOUNT_KEY is taken.")
    var keyFile: String?

    @Flag(help: "Print the gateway's answer as it came.")
    var json = false

    /// Returns the key from the file, or from an environment variable.
    func key(_ variable: String) throws -> String {
        if let keyFile {
            guard let text = try? String(contentsOfFile: keyFile, encoding: .utf8) else {
                throw CommandError("--key-file: \(keyFile) cannot be read")
            }
            return text.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        guard let key = ProcessInfo.processInfo.environment[variable], !key.isEmpty else {
            throw CommandError("\(variable) is not set; give the key there or in --key-file")
        }
        return key
    }
}

/// One line for whoever typed the command.
struct CommandError: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

/// An answer of a gateway: the JSON as it came, and read.
struct GatewayAnswer {
    var text: String
    var object: [String: Any]
    var headers: HTTPHeaders

    func list(_ name: String) -> [[String: Any]] { object[name] as? [[String: Any]] ?? [] }
}

/// Speaks to a running gateway.
struct GatewayClient: Sendable {
    let url: String
    let key: String

    /// Sends a request and returns its answer.
    ///
    /// - Parameter body: JSON; amounts stand in it as they were typed.
    /// - Throws: `CommandError` with the gateway's own words.
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

/// Runs a command's work; what goes wrong is told on standard error, with exit code 1.
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
    /// The text as a JSON string, quotes included.
    var jsonQuoted: String {
        let data = try? JSONSerialization.data(withJSONObject: self, options: .fragmentsAllowed)
        return data.map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }
}
