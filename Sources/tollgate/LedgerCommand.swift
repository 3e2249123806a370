import ArgumentParser
import Foundation
import SQLiteStorage

struct LedgerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger", abstract: "The ledger's database.", subcommands: [Verify.self])

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Proves that every sum in a ledger holds, also while a gateway writes it.")
        @Option(help: "The ledger (or TOLLGATE_DATABASE).")
        var database: String = ProcessInfo.processInfo.environment["TOLLGATE_DATABASE"] ?? "sqlite:data/tollgate.sqlite"

        func run() async throws {
            guard database.hasPrefix("sqlite:") else {
                printError("tollgate: --database: '\(database)' is not accepted; expected sqlite: and a path")
                throw ExitCode.failure
            }
            let result: LedgerVerification
            do {
                result = try await LedgerVerification.verify(path: String(database.dropFirst("sqlite:".count)))
            } catch {
                printError("tollgate: \(error)")
                throw ExitCode.failure
            }
            guard result.breaks.isEmpty else {
                for sentence in result.breaks { printLine(sentence) }
                throw ExitCode.failure
            }
            let counts = result.counts
            printLine("ledger is consistent: \(counts.accounts) accounts, \(counts.keys) keys, \(counts.rows) rows")
        }
    }
}
