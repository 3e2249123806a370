import ArgumentParser
import AsyncHTTPClient
import Foundation
import GatewayServer
import NIOCore
import NIOHTTP1

struct SettingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings", abstract: "List all settings of the gateway.")

    @Flag(help: "Print the documentation page docs/settings.md.") var markdown = false

    func run() {
        guard !markdown else { return printLine(Setting.markdownPage) }
        let rows = Setting.all.map { setting in
            [
                "variable": setting.variable, "default": setting.defaultValue ?? "-",
                "meaning": setting.summary.filter { $0 != "`" },
            ]
        }
        printLine(Table(rows, columns: ["variable", "default", "meaning"]).text)
    }
}

struct HealthcheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "healthcheck", abstract: "Exit with code 0 if a gateway is ready, otherwise 1.")

    @Option(help: "URL to request.") var url = "http://127.0.0.1:8080/readyz"

    func run() async throws {
        let response: HTTPClientResponse
        do {
            response = try await HTTPClient.shared.execute(HTTPClientRequest(url: url), timeout: .seconds(5))
        } catch {
            printError("tollgate: \(url) cannot be reached")
            throw ExitCode.failure
        }
        guard response.status == .ok else {
            printError("tollgate: \(url) returned status \(response.status.code)")
            throw ExitCode.failure
        }
    }
}
