import Accounts
import Ledger
import Logging
import Metering
import Money
import Pricing
import Synchronization
import Testing
import Timekeeping
import Vault

@testable import Admission
@testable import TestSupport

/// Admission on a ledger whose writer writes on command and whose disk can fill up. One request costs at most 1,000
/// nano-dollars, as in ``Bench``.
struct DiskBench {
    let store: SimulatedStore
    let time = ManualTime(start: Timestamp(milliseconds: 1_790_000_000_000))
    let log = RecordedLog()
    let admission: AdmissionServices

    /// Opens admission on a ledger while the writer writes everything.
    init(_ durable: LedgerModel = LedgerModel()) async throws {
        let store = SimulatedStore(durable: durable)
        let card = try RateCard(
            yaml: "models: {m: {input: 0.002, output: 0.008, context: 1000, max_output: 100}}", source: "test")
        let vault = try #require(KeyVault(sealKey: [UInt8](repeating: 7, count: 32)))
        let (time, log) = (time, log)
        self.store = store
        admission = try await Self.writing(store) {
            try await AdmissionServices.open(
                store: store, rateCard: card, vault: vault, policy: KeyPolicy(), time: time,
                logger: Logger(label: "test") { _ in log.handler })
        }
        // A line that is logged inside the lock of the books stops the test: the lock cannot be taken twice.
        let requests = admission.requests
        log.onLine { _ = requests.headroom(of: KeyID(1)) }
    }

    var requests: RequestAdmission { admission.requests }

    /// Opens an account with a deposit and a client key that refuses what its budget does not cover.
    func key(_ order: KeyOrder, deposit: Int64 = 1_000_000) async throws -> Principal {
        let accounts = admission.accounts
        return try await Self.writing(store) {
            let (account, _) = try await accounts.openAccount(name: "reseller", by: .test)
            _ = try await accounts.changeAccount(account.id, AccountChange(shortage: .refuse), by: .test)
            _ = try await accounts.enterDeposit(
                to: account.id, amount: NanoUSD(nanos: deposit), status: .completed, reference: nil, by: .test)
            return Principal(try await accounts.createKey(of: account.id, order, by: .test).record)
        }
    }

    func key(budget: Int64?) async throws -> Principal {
        try await key(
            KeyOrder(
                budget: budget.map { NanoUSD(nanos: $0) },
                limits: KeyLimits(requestsPerMinute: 60, concurrentRequests: 5)))
    }

    /// Admits a request, whose hold waits for the writer.
    func admit(_ key: Principal, _ operation: Metering.Operation = .completions) throws -> HeldRequest {
        let body = Array(#"{"model":"m"}"#.utf8)
        var facts = try RequestFacts(scanning: body.span, for: operation)
        facts.input = RequestInput(textBytes: 100)
        let decision = requests.admit(
            RequestDemand(operation: operation, facts: facts), of: key, requestID: UUIDv7(time: time.now()),
            startedAt: time.now(), onDurable: { _ in })
        switch consume decision {
        case .admitted(let held, _): return held
        case .refused(let refusal, _): throw refusal
        }
    }

    /// Fills the disk, lets the writer fail on it once, and makes room again.
    func fillDiskOnce() {
        store.isDiskFull = true
        store.write(atMost: 100)
        store.isDiskFull = false
    }

    /// The rest of the budget of a key, as the books have it.
    func rest(_ key: Principal) -> NanoUSD? { requests.books.withLock { $0.keys[key.keyID]?.rest } }

    /// The free money of an account, as the books have it.
    func available(_ key: Principal) -> NanoUSD? { requests.books.withLock { $0.accounts[key.accountID]?.available } }

    func isKnown(_ key: Principal) -> Bool { requests.books.withLock { $0.keys[key.keyID] != nil } }

    /// Runs `body` while the writer writes everything.
    static func writing<Value: Sendable>(
        _ store: SimulatedStore, _ body: @Sendable () async throws -> Value
    ) async rethrows -> Value {
        let writer = Task {
            while !Task.isCancelled {
                store.write(atMost: 100)
                await Task.yield()
            }
        }
        defer { writer.cancel() }
        return try await body()
    }
}

/// Records every line of a log.
final class RecordedLog: Sendable {
    private struct State {
        var lines: [String] = []
        var onLine: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    var lines: [String] { state.withLock { $0.lines } }

    var handler: any LogHandler { Handler(log: self) }

    /// Calls `body` for every further line, on the thread that logs it.
    func onLine(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.onLine = body } }

    /// Whether a line of a level contains all of the texts.
    func has(_ level: Logger.Level, _ texts: String...) -> Bool {
        lines.contains { line in line.hasPrefix("\(level):") && texts.allSatisfy { line.contains($0) } }
    }

    private struct Handler: LogHandler {
        let log: RecordedLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let onLine = log.state.withLock { state in
                state.lines.append("\(event.level): \(event.message) \(event.metadata ?? [:])")
                return state.onLine
            }
            onLine?()
        }
    }
}
