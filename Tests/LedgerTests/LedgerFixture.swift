import Accounts
import Foundation
import Ledger
import Logging
import Metering
import Money
import SQLiteStorage
import Synchronization
import TestSupport
import Timekeeping

/// A ledger on a real file, in a folder of its own.
final class TemporaryLedger: Sendable {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("tollgate-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    var path: String { folder.appendingPathComponent("ledger.sqlite").path }

    func open() throws -> SQLiteLedger { try SQLiteLedger(path: path, logger: Logger(label: "test")) }
}

/// Makes commands with small, repeatable values.
struct Commands {
    var generator: SeededGenerator
    var now = Timestamp(milliseconds: 1_790_000_000_000)

    init(seed: UInt64) { generator = SeededGenerator(state: seed) }

    mutating func id() -> UUIDv7 {
        now = Timestamp(milliseconds: now.milliseconds + 60_000)
        return UUIDv7(time: now, using: &generator)
    }

    mutating func newKey(
        _ kind: KeyKind = .client, budget: NanoUSD = .zero, multiplier: DisplayMultiplier = .one
    ) -> NewKey {
        let bytes = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let digest = KeyDigest(words: (generator.next(), generator.next(), generator.next(), generator.next()))
        return NewKey(
            publicID: id(), kind: kind,
            secret: KeySecret(digest: digest, sealed: bytes, displayID: "sk-tg-\(bytes[0])..."),
            label: "label", limits: KeyLimits(requestsPerMinute: 60, concurrentRequests: 5), multiplier: multiplier,
            budget: budget)
    }

    mutating func hold(_ key: KeyRecord, _ nanos: Int64) -> Hold {
        Hold(
            requestID: id(), accountID: key.accountID, keyID: key.id, amount: NanoUSD(nanos: nanos),
            interruptedCost: NanoUSD(nanos: nanos / 2), payer: key.drawsOnAccount ? .account : .budget,
            model: "model-\(nanos % 3)", operation: .chatCompletions,
            priceVersion: 7, multiplier: key.multiplier, startedAt: now)
    }

    func settlement(_ hold: Hold, cost: Int64, overrun: Int64 = 0) -> Settlement {
        Settlement(
            hold: hold, usage: Usage(input: cost, output: 2, cacheRead: 3, cacheWrite5m: 4, cacheWrite1h: 5),
            usageSource: .reported, cost: NanoUSD(nanos: cost), overrun: NanoUSD(nanos: overrun),
            upstreamCost: NanoUSD(nanos: 9), durationMilliseconds: 12, firstByteMilliseconds: 5, status: 200)
    }

    /// A settlement with quantities of dimensions that have no column, unusual terms and a flag.
    func unusualSettlement(_ hold: Hold, cost: Int64, overrun: Int64 = 0) -> Settlement {
        var settlement = settlement(hold, cost: cost, overrun: overrun)
        settlement.usage[.pictures] = 1
        settlement.usage[.inputAudio] = 1 + cost % 7
        settlement.usage[.outputImage] = cost % 3
        settlement.usage[.webSearch] = cost % 2
        settlement.terms = ServiceTerms(
            tier: cost % 2 == 0 ? .priority : .unknown, isResident: true, isFast: cost % 3 == 0)
        settlement.terms.pictureForm = "1024x1024/high"
        settlement.flags = [.clamped, .unpricedTier]
        return settlement
    }
}

extension LedgerStore {
    /// Opens an account with a deposit; returns it and its account key.
    func openAccount(_ commands: inout Commands, deposit: Int64) async throws -> (AccountRecord, KeyRecord) {
        let key = commands.newKey(.account)
        let opened = try await apply(
            OpenAccount(publicID: commands.id(), name: "account", key: key, at: commands.now))
        try await apply(
            EnterDeposit(
                publicID: commands.id(), accountID: opened.account.id, amount: NanoUSD(nanos: deposit),
                status: .completed,
                reference: nil, at: commands.now))
        return (opened.account, opened.key)
    }

    /// Creates a client key.
    func createKey(
        _ commands: inout Commands, _ account: AccountRecord, budget: Int64, multiplier: DisplayMultiplier = .one
    ) async throws -> KeyRecord {
        let key = commands.newKey(budget: NanoUSD(nanos: budget), multiplier: multiplier)
        return try await apply(CreateKey(accountID: account.id, key: key, at: commands.now)).key
    }
}

/// A command of a request or a management command, for batches that mix them.
enum AnyCommand: Sendable {
    case request(RequestCommand)
    case management(any ManagementCommand)

    static func hold(_ hold: Hold) -> AnyCommand { .request(.hold(hold)) }
    static func extend(_ hold: Hold, by amount: NanoUSD) -> AnyCommand { .request(.extend(hold, by: amount)) }
    static func settle(_ settlement: Settlement) -> AnyCommand { .request(.settle(settlement)) }
    static func manage(_ command: some ManagementCommand) -> AnyCommand { .management(command) }
}

/// A receipt of any command.
struct AnyReceipt: Equatable, Sendable {
    let value: any Hashable & Sendable

    init(_ value: some Hashable & Sendable) { self.value = value }

    static func == (one: AnyReceipt, other: AnyReceipt) -> Bool {
        func hashable(_ value: some Hashable) -> AnyHashable { AnyHashable(value) }
        return hashable(one.value) == hashable(other.value)
    }

    /// The receipt of a hold or an extension, and of a settlement that returns nothing to the account.
    static let request = AnyReceipt(RequestReceipt())
}

typealias LedgerOutcome = Result<AnyReceipt, LedgerFailure>

extension LedgerStore {
    func enqueue(_ command: AnyCommand, completion: @escaping @Sendable (LedgerOutcome) -> Void) {
        switch command {
        case .request(let command): enqueue(command) { completion($0.map { AnyReceipt($0) }) }
        case .management(let command): manage(command, completion)
        }
    }

    private func manage(
        _ command: some ManagementCommand, _ completion: @escaping @Sendable (LedgerOutcome) -> Void
    ) {
        enqueue(command) { completion($0.map { AnyReceipt($0) }) }
    }

    /// Enqueues commands without waiting between them, and returns their outcomes, in the order of completion.
    func outcomes(of commands: [AnyCommand]) async -> [LedgerOutcome] {
        let outcomes = Mutex<[LedgerOutcome]>([])
        for command in commands { enqueue(command) { outcome in outcomes.withLock { $0.append(outcome) } } }
        await settled()
        return outcomes.withLock { $0 }
    }
}
