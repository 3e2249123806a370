import ArgumentParser
import Foundation
import SQLiteStorage

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copies the ledger as it is at one moment, also while a gateway writes it.",
        discussion: """
            Client keys in the copy are sealed: keep the seal key (TOLLGATE_SEAL_KEY, or the file beside the database whose \
            name ends in .seal-key) in another place, it is needed to open them.
            """)
    @OptionGroup var ledger: LedgerOptions
    @Argument(help: "The copy; must not be there yet.") var file: String

    func run() async throws {
        try await reporting {
            try await LedgerFile(path: try ledger.path()).backUp(to: file)
            let size = try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int64 ?? 0
            printLine("\(file): \(size) bytes")
        }
    }
}

struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Puts a backup in the place of a ledger; the gateway must not be running.",
        discussion: "The backup is proven first, and the ledger that was there before is kept beside it.")
    @OptionGroup var ledger: LedgerOptions
    @Argument(help: "The backup.") var file: String

    func run() async throws {
        try await reporting {
            let path = try ledger.path()
            let earlier = try await LedgerFile(path: path).restore(from: file)
            printLine("\(path): restored from \(file)" + (earlier.map { "; what was there before is \($0)" } ?? ""))
        }
    }
}
