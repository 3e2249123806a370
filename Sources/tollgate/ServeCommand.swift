import Accounts
import ArgumentParser
import Foundation
import GatewayServer
import Logging
import UnixSignals

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the gateway.",
        discussion: """
            Settings are read from flags, environment variables and a YAML file, in this order of precedence. Secrets have no \
            flag. `tollgate settings` lists all settings with their variables and defaults.

            \(Setting.all.compactMap { setting in setting.flag.map { "  \($0) <\(setting.type.rawValue)>  \(setting.summary)" } }.joined(separator: "\n"))
            """)

    @Option(help: "YAML file with settings (or TOLLGATE_CONFIG).")
    var config: String?

    @Argument(parsing: .allUnrecognized, help: "Flags listed below.")
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

/// Writes log lines to standard error.
enum LogOutput {
    static func start(_ level: Logger.Level) {
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
    }
}

/// Prints a line to standard output without buffering, also into a pipe or file.
func printLine(_ line: String) {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
}

/// Prints a line to standard error.
func printError(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
}
