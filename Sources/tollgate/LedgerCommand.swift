import Accounts
import ArgumentParser
import Foundation
import Ledger
import Money
import SQLiteStorage
import Timekeeping

struct LedgerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger", abstract: "The ledger's database.", subcommands: [Verify.self, Recover.self])

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Proves that every sum in a ledger holds, also while a gateway writes it.")
        @OptionGroup var ledger: LedgerOptions

        func run() async throws {
            try await reporting {
                let result = try await LedgerVerification.verify(path: try ledger.path())
                guard result.breaks.isEmpty else {
                    for sentence in result.breaks { printLine(sentence) }
                    throw ExitCode.failure
                }
                let counts = result.counts
                printLine("ledger is consistent: \(counts.accounts) accounts, \(counts.keys) keys, \(counts.rows) rows")
            }
        }
    }

    struct Recover: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists requests that were in flight when a gateway died, and what they were charged.",
            discussion: """
                The next start of the gateway resolves every open hold by the setting recovery.charge. While a gateway \
                runs, open holds are requests in flight.
                """)
        @OptionGroup var ledger: LedgerOptions
        @Option(help: "No more rows than this.") var limit = 1000

        func run() async throws {
            try await reporting {
                let recovery = try await LedgerFile(path: try ledger.path()).recovery(atMost: max(1, limit))
                printLine("open holds: \(recovery.openHolds.count)")
                if !recovery.openHolds.isEmpty {
                    printLine(Table(recovery.openHolds.map(\.columns), columns: Hold.columnNames).text)
                }
                printLine("interrupted requests: \(recovery.interrupted.count)")
                if !recovery.interrupted.isEmpty {
                    printLine(Table(recovery.interrupted.map(\.columns), columns: LedgerRow.columnNames).text)
                }
            }
        }
    }
}

/// Which ledger is meant.
struct LedgerOptions: ParsableArguments {
    @Option(help: "The ledger (or TOLLGATE_DATABASE).")
    var database: String = ProcessInfo.processInfo.environment["TOLLGATE_DATABASE"] ?? "sqlite:data/tollgate.sqlite"

    func path() throws -> String {
        guard database.hasPrefix("sqlite:") else {
            throw CommandError("--database: '\(database)' is not accepted; expected sqlite: and a path")
        }
        return String(database.dropFirst("sqlite:".count))
    }
}

extension Hold {
    fileprivate static let columnNames = ["request", "model", "held", "charged if lost", "since"]

    fileprivate var columns: [String: Any] {
        [
            "request": requestID.requestText, "model": model, "held": amount.decimal,
            "charged if lost": interruptedCost.decimal, "since": startedAt.rfc3339,
        ]
    }
}

extension LedgerRow {
    fileprivate static let columnNames = ["request", "key", "model", "charged", "began"]

    fileprivate var columns: [String: Any] {
        [
            "request": requestID.requestText, "key": keyDisplayID, "model": model, "charged": cost.decimal,
            "began": startedAt.rfc3339,
        ]
    }
}
