import Accounts
import ArgumentParser
import Foundation
import Ledger
import Logging
import SQLiteStorage
import Timekeeping

/// Measures ledgers that have many rows, and fills them.
@main
struct LedgerBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger-bench", subcommands: [Measure.self, Fill.self], defaultSubcommand: Measure.self)
}

/// Fills a gateway's database with rows of the last half year.
struct Fill: AsyncParsableCommand {
    @Option(help: "Rows to write.") var rows = 10_000_000
    @Option(help: "The database; its gateway must be stopped and must have no rows.") var database: String

    func run() async throws {
        let logger = Logger(label: "bench", factory: { StreamLogHandler.standardError(label: $0) })
        let ledger = try SQLiteLedger(path: database, logger: logger)
        let keys = try await ledger.contents(usageFrom: Day(number: .max)).keys
        await ledger.close()
        guard let filling = Filling(path: database, keys: keys) else {
            throw ValidationError("one account must have one client key, and two others more")
        }
        try filling.fill(rows: rows, until: SystemTime().now())
    }
}

/// Measures the ledger alone: rows written, latencies, pages and balances, on a database that already has many rows.
struct Measure: AsyncParsableCommand {
    @Option(help: "Rows that are there before.") var rows = 1_000_000
    @Option(help: "Folder for the database; kept and used again.") var folder = ".build/bench"
    @Option(help: "Batches to measure, by their sizes.") var batches: [Int] = [1, 8, 64, 512]
    @Option(help: "Seconds of load at 1,000 requests a second.") var seconds = 20

    func run() async throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let path = "\(folder)/ledger-\(rows).sqlite"
        let logger = Logger(label: "bench", factory: { StreamLogHandler.standardError(label: $0) })
        if !FileManager.default.fileExists(atPath: path) {
            let began = ContinuousClock.now
            let partial = path + ".partial"
            for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: partial + suffix) }
            let ledger = try SQLiteLedger(path: partial, logger: logger)
            try await KeyMaker(ledger: ledger).makeKeys()
            let keys = try await ledger.contents(usageFrom: Day(number: .max)).keys
            try Filling(path: partial, keys: keys)?.fill(rows: rows, until: LoadMaker.start)
            await ledger.close()
            try FileManager.default.moveItem(atPath: partial, toPath: path)
            printError("filled in \(ContinuousClock.now - began)")
        }
        let ledger = try SQLiteLedger(path: path, logger: logger)
        let keys = try await ledger.contents(usageFrom: Day(number: .max)).keys.filter { $0.kind == .client }
        print("\n### \(rows) rows before\n")
        try await measureReads(ledger, keys)
        try await measureBatches(ledger, keys)
        try await measureLatency(ledger, keys)
        await ledger.close()
    }

    private func measureReads(_ ledger: SQLiteLedger, _ keys: [KeyRecord]) async throws {
        guard let heavy = keys.max(by: { $0.rows < $1.rows }) else { return }
        let today = LoadMaker.start.day
        print("| read (the key has \(heavy.rows) rows) | p50 ms | p99 ms |\n|---|---|---|")
        let reads: [(String, @Sendable () async throws -> Void)] = [
            ("newest page of 20", { _ = try await ledger.rows(of: .key(heavy.id), page: Page(number: 1, size: 20)) }),
            ("newest page of 100", { _ = try await ledger.rows(of: .key(heavy.id), page: Page(number: 1, size: 100)) }),
            ("page 500 of 100", { _ = try await ledger.rows(of: .key(heavy.id), page: Page(number: 500, size: 100)) }),
            (
                "page 5,000 of 100",
                { _ = try await ledger.rows(of: .key(heavy.id), page: Page(number: 5000, size: 100)) }
            ),
            (
                "newest page of 100 of the account",
                { _ = try await ledger.rows(of: .account(heavy.accountID), page: Page(number: 1, size: 100)) }
            ),
            ("balance with four windows", { _ = try await ledger.keyUsage(heavy.id, today: today) }),
        ]
        for (name, read) in reads {
            for _ in 0..<50 { try await read() }
            var times: [Double] = []
            for _ in 0..<1000 {
                let began = DispatchTime.now().uptimeNanoseconds
                try await read()
                times.append(Double(DispatchTime.now().uptimeNanoseconds - began) / 1e6)
            }
            print("| \(name) | \(times.percentile(50)) | \(times.percentile(99)) |")
        }
    }

    /// Holds and settlements by themselves, then both in one transaction, as under a steady load.
    private func measureBatches(_ ledger: SQLiteLedger, _ keys: [KeyRecord]) async throws {
        print("\n| batch | holds: CPU us | settlements: rows/s | CPU us / row | both together: rows/s | CPU us / row |")
        print("|---|---|---|---|---|---|")
        for batch in batches {
            var maker = LoadMaker(keys: keys)
            let rounds = max(20, min(2000, 60_000 / batch))
            var holding = Meter()
            var settling = Meter()
            var together = Meter()
            var open: [Hold] = []
            for _ in 0..<rounds {
                let holds = (0..<batch).map { _ in maker.hold() }
                try await holding.run(batch) { try await ledger.applyTogether(holds.map(RequestCommand.hold)) }
                try await settling.run(batch) { try await ledger.applyTogether(holds.map(LoadMaker.settle)) }
            }
            open = (0..<batch).map { _ in maker.hold() }
            try await ledger.applyTogether(open.map(RequestCommand.hold))
            for _ in 0..<rounds {
                let holds = (0..<batch).map { _ in maker.hold() }
                let commands = holds.map(RequestCommand.hold) + open.map(LoadMaker.settle)
                open = holds
                try await together.run(batch) { try await ledger.applyTogether(commands) }
            }
            try await ledger.applyTogether(open.map(LoadMaker.settle))
            print(
                "| \(batch) | \(holding.cpuPerRow) | \(settling.rowsPerSecond) | \(settling.cpuPerRow)"
                    + " | \(together.rowsPerSecond) | \(together.cpuPerRow) |")
        }
    }

    private func measureLatency(_ ledger: SQLiteLedger, _ keys: [KeyRecord]) async throws {
        let load = SteadyLoad(ledger: ledger, maker: LoadMaker(keys: keys))
        let result = await load.run(requestsPerSecond: 1000, seconds: seconds)
        print(
            """

            | at 1,000 requests/s for \(seconds) s | p50 ms | p99 ms | max ms |
            |---|---|---|---|
            | hold durable | \(result.holds.percentile(50)) | \(result.holds.percentile(99)) | \(result.holds.percentile(100)) |
            | settlement durable | \(result.settlements.percentile(50)) | \(result.settlements.percentile(99)) | \(result.settlements.percentile(100)) |
            """)
    }
}

/// CPU time and wall time of measured work.
struct Meter {
    private var rows = 0
    private var cpu = 0.0
    private var wall = 0.0

    mutating func run(_ rows: Int, _ work: () async throws -> Void) async throws {
        let before = (cpu: ProcessTime.seconds, wall: DispatchTime.now().uptimeNanoseconds)
        try await work()
        cpu += ProcessTime.seconds - before.cpu
        wall += Double(DispatchTime.now().uptimeNanoseconds - before.wall) / 1e9
        self.rows += rows
    }

    var rowsPerSecond: Int { Int(Double(rows) / wall) }
    var cpuPerRow: String { String(format: "%.1f", cpu / Double(rows) * 1e6) }
}

/// User and system time of this process.
enum ProcessTime {
    static var seconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

extension [Double] {
    /// Returns a percentile, with three decimals.
    func percentile(_ percent: Int) -> String {
        let sorted = sorted()
        guard !sorted.isEmpty else { return "-" }
        return String(format: "%.3f", sorted[Swift.min(sorted.count - 1, sorted.count * percent / 100)])
    }
}

func printError(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }
