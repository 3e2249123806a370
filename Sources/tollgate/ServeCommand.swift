import Accounts
import ArgumentParser
import Foundation
import GatewayServer
import Logging
import UnixSignals

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Runs a gateway.",
        discussion: """
            Settings come from flags, from environment variables and from a YAML file, in this order. Secrets have no
            flag. `tollgate settings` prints the table of all settings.

            \(Setting.all.compactMap { setting in setting.flag.map { "  \($0) <\(setting.form.rawValue)>  \(setting.explanation)" } }.joined(separator: "\n"))
            """)

    @Option(help: "YAML file with settings.")
    var config: String?

    @Argument(parsing: .allUnrecognized, help: "Flags of the table of settings.")
    var settings: [String] = []

    func run() async throws {
        let gateway: Gateway
        do {
            let environment = ProcessInfo.processInfo.environment
            let configuration = try await GatewayConfiguration(
                flags: settings, environment: environment, file: config ?? environment["TOLLGATE_CONFIG"])
            LogOutput.start(configuration.logLevel)
            gateway = try await Gateway.open(
                configuration, stoppingOn: [.sigterm, .sigint], logger: Logger(label: "tollgate"))
        } catch let error as ConfigurationError {
            printError("tollgate: \(error)")
            throw ExitCode(EX_CONFIG)
        } catch {
            printError("tollgate: the gateway cannot start: \(error)")
            throw ExitCode(EX_UNAVAILABLE)
        }
        if let key = gateway.generatedAdminKey {
            printLine("Admin key (shown only now): \(key.revealed)")
        }
        do {
            try await gateway.run()
        } catch {
            printError("tollgate: \(error)")
            throw ExitCode.failure
        }
    }
}

/// Where log lines go: standard error, one line each.
enum LogOutput {
    static func start(_ level: Logger.Level) {
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
    }
}

/// Prints at once, also into a pipe or a file: whoever waits for a line must not wait for a buffer.
func printLine(_ line: String) {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
}

/// Prints to standard error.
func printError(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
}
