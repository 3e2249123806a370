import ArgumentParser
import AsyncHTTPClient
import Foundation
import GatewayServer
import NIOCore
import NIOHTTP1

struct SettingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings", abstract: "Prints the table of all settings, in Markdown.")

    func run() {
        printLine(Setting.markdownTable)
    }
}

struct HealthcheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "healthcheck", abstract: "Exits 0 if a gateway is ready, else 1.")

    @Option(help: "What to ask.") var url = "http://127.0.0.1:8080/readyz"

    func run() async throws {
        let response: HTTPClientResponse
        do {
            response = try await HTTPClient.shared.execute(HTTPClientRequest(url: url), timeout: .seconds(5))
        } catch {
            printError("tollgate: \(url) cannot be reached")
            throw ExitCode.failure
        }
        guard response.status == .ok else {
            printError("tollgate: \(url) answers \(response.status.code)")
            throw ExitCode.failure
        }
    }
}
