import Accounts
import ArgumentParser
import Foundation
import Ledger
import Money
import SQLiteStorage
import Timekeeping

struct LedgerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger", abstract: "Inspect the ledger database.", subcommands: [Verify.self, Recover.self])

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Verify every sum in the ledger; the gateway may be running.")
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
            abstract: "List open holds and the requests that crashes interrupted, with their charges.",
            discussion: """
                While a gateway is running, open holds belong to requests in flight. After a crash they belong to interrupted \
                requests: the next start settles them by the setting recovery.charge.
                """)
        @OptionGroup var ledger: LedgerOptions
        @Option(help: "Maximum number of interrupted requests.") var limit = 1000

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

/// Options of the commands that open the ledger database.
struct LedgerOptions: ParsableArguments {
    @Option(help: "Ledger database (or TOLLGATE_DATABASE).")
    var database: String = ProcessInfo.processInfo.environment["TOLLGATE_DATABASE"] ?? "sqlite:data/tollgate.sqlite"

    func path() throws -> String {
        guard database.hasPrefix("sqlite:") else {
            throw CommandError("--database: '\(database)' is not accepted; expected sqlite: and a path")
        }
        return String(database.dropFirst("sqlite:".count))
    }
}

extension Hold {
    fileprivate static let columnNames = ["request", "model", "held", "charge if interrupted", "started"]

    fileprivate var columns: [String: Any] {
        [
            "request": requestID.requestText, "model": model, "held": amount.decimal,
            "charge if interrupted": interruptedCost.decimal, "started": startedAt.rfc3339,
        ]
    }
}

extension LedgerRow {
    fileprivate static let columnNames = ["request", "key", "model", "charged", "started"]

    fileprivate var columns: [String: Any] {
        [
            "request": requestID.requestText, "key": keyDisplayID, "model": model, "charged": cost.decimal,
            "started": startedAt.rfc3339,
        ]
    }
}
