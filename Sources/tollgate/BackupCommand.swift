import ArgumentParser
import Foundation
import SQLiteStorage

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Back up the ledger; the gateway may be running.",
        discussion: """
            The copy is a consistent snapshot. Keys in it are digests and sealed secrets, which need the seal key \
            (TOLLGATE_SEAL_KEY, or the file beside the database whose name ends in .seal-key). Store the seal key separately.
            """)
    @OptionGroup var ledger: LedgerOptions
    @Argument(help: "The backup file to write; it must not exist.") var file: String

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
        commandName: "restore", abstract: "Replace the ledger with a backup; the gateway must be stopped.",
        discussion: "The backup is verified first. The previous ledger is kept beside the restored one.")
    @OptionGroup var ledger: LedgerOptions
    @Argument(help: "The backup file.") var file: String

    func run() async throws {
        try await reporting {
            let path = try ledger.path()
            let earlier = try await LedgerFile(path: path).restore(from: file)
            printLine(
                "\(path): restored from \(file)" + (earlier.map { "; the previous ledger is kept as \($0)" } ?? ""))
        }
    }
}
