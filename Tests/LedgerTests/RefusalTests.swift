import Accounts
import GRDB
import Ledger
import Money
import Synchronization
import Testing
import Timekeeping

@testable import SQLiteStorage

/// A refused command does not slow other commands down: a batch is one transaction, whatever is refused.
@Suite struct RefusalTests {
    private let file: TemporaryLedger
    private let ledger: SQLiteLedger
    private let commits = CommitCounter()
    private var commands = Commands(seed: 51)
    private let account: AccountRecord
    private let key: KeyRecord
    private let code: VoucherRecord

    init() async throws {
        file = try TemporaryLedger()
        ledger = try file.open()
        (account, _) = try await ledger.openAccount(&commands, deposit: 1_000_000)
        key = try await ledger.createKey(&commands, account, budget: 100_000)
        let secret = commands.newKey().secret
        let voucher = NewVoucher(
            publicID: commands.id(), digest: secret.digest, sealedCode: secret.sealed, label: "",
            amount: NanoUSD(nanos: 50), shownAmount: NanoUSD(nanos: 50), uses: 1, expiresAt: nil)
        let receipt = try await ledger.apply(CreateVouchers(accountID: account.id, [voucher], at: commands.now))
        code = try #require(receipt.first)
        ledger.pool.add(transactionObserver: commits, extent: .databaseLifetime)
    }

    /// Enqueues commands on the writer's thread, so that all of them share the next batch; returns their outcomes.
    private func batch(_ batch: [AnyCommand]) async -> [LedgerOutcome] {
        let ledger = ledger
        let outcomes = Mutex<[LedgerOutcome]>([])
        await withCheckedContinuation { continuation in
            // Refused before anything is written.
            ledger.enqueue(DeleteKey(KeyID(77), at: commands.now)) { _ in
                for command in batch { ledger.enqueue(command) { outcome in outcomes.withLock { $0.append(outcome) } } }
                continuation.resume()
            }
        }
        await ledger.settled()
        return outcomes.withLock { $0 }
    }

    private func kinds(_ outcomes: [LedgerOutcome]) -> [String] {
        outcomes.map { outcome in
            switch outcome {
            case .success: "done"
            case .failure(.notFound): "not found"
            case .failure(.refused): "refused"
            case .failure(let failure): "\(failure)"
            }
        }
    }

    @Test mutating func `a batch in which every kind of command is refused is one commit`() async throws {
        try await ledger.apply(RedeemVoucher(code.id, by: key.id, at: commands.now))
        let (first, second, beyond) = (commands.hold(key, 100), commands.hold(key, 200), commands.hold(key, 900_000))
        var missing = commands.hold(key, 5)
        missing.keyID = KeyID(77)
        let before = (commits.commits, commits.rollbacks, try #require(try ledger.state().commits).count)
        let outcomes = await batch([
            .hold(first), .manage(RedeemVoucher(code.id, by: key.id, at: commands.now)), .hold(beyond), .hold(second),
            .hold(second), .extend(commands.hold(key, 1), by: .zero), .extend(first, by: NanoUSD(nanos: 900_000)),
            .hold(missing), .settle(commands.settlement(beyond, cost: 1)),
            .manage(ChangeKey(key.id, KeyChange(budgetChange: NanoUSD(nanos: 2_000_000)), at: commands.now)),
            .settle(commands.settlement(first, cost: 70)), .settle(commands.settlement(first, cost: 70)),
            .manage(
                DeleteManagementKey(ManagementKeyID(77), at: commands.now).audited(by: .gateway("x"), at: commands.now)),
            .manage(ChangeKey(key.id, KeyChange(label: "new"), at: commands.now)),
            .settle(commands.settlement(second, cost: 30)),
        ])
        #expect(
            kinds(outcomes) == [
                "done", "voucher(Ledger.VoucherRefusal.redeemedBefore)", "refused", "done", "refused", "not found",
                "refused", "not found", "not found", "refused", "done", "not found", "not found", "done", "done",
            ])
        #expect(commits.commits == before.0 + 1 && commits.rollbacks == before.1)
        #expect(try #require(try ledger.state().commits).count == before.2 + 1)
        let record = try #require(try await ledger.key(key.id))
        #expect(record.spent == NanoUSD(nanos: 100) && record.held == .zero && record.rows == 2)
        #expect(record.label == "new" && record.budget == NanoUSD(nanos: 100_050))
        #expect(try await ledger.audit(of: nil, before: nil, atMost: 10) == [])
        await ledger.close()
        #expect(try await LedgerVerification.verify(path: file.path).breaks == [])
    }

    @Test mutating func `hundreds of used codes in one batch do not slow its requests down`() async throws {
        try await ledger.apply(RedeemVoucher(code.id, by: key.id, at: commands.now))
        let before = commits.commits
        var mixed: [AnyCommand] = []
        for _ in 0..<100 {
            let hold = commands.hold(key, 10)
            mixed += [
                .hold(hold), .manage(RedeemVoucher(code.id, by: key.id, at: commands.now)),
                .settle(commands.settlement(hold, cost: 7)),
            ]
        }
        let outcomes = await batch(mixed)
        #expect(outcomes.count { (try? $0.get()) != nil } == 200 && outcomes.count == 300)
        #expect(commits.commits == before + 1)
        #expect(try await ledger.key(key.id)?.spent == NanoUSD(nanos: 700))
        await ledger.close()
        #expect(try await LedgerVerification.verify(path: file.path).breaks == [])
    }

    @Test mutating func `a code that is used up is refused without a write`() async throws {
        try await ledger.apply(RedeemVoucher(code.id, by: key.id, at: commands.now))
        let other = try await ledger.createKey(&commands, account, budget: 10)
        let poor = try await ledger.createKey(&commands, account, budget: 899_940)
        let secret = commands.newKey().secret
        let dear = NewVoucher(
            publicID: commands.id(), digest: secret.digest, sealedCode: secret.sealed, label: "",
            amount: NanoUSD(nanos: 50), shownAmount: NanoUSD(nanos: 50), uses: 1, expiresAt: nil)
        let made = try await ledger.apply(CreateVouchers(accountID: account.id, [dear], at: commands.now))
        let dearID = try #require(made.first?.id)
        let changes = try await ledger.pool.writeWithoutTransaction { $0.totalChangesCount }
        let outcomes = await batch([
            .manage(RedeemVoucher(code.id, by: key.id, at: commands.now)),
            .manage(RedeemVoucher(code.id, by: other.id, at: commands.now)),
            .manage(RedeemVoucher(VoucherID(77), by: other.id, at: commands.now)),
            // The account has nothing left.
            .manage(RedeemVoucher(dearID, by: poor.id, at: commands.now)),
        ])
        #expect(outcomes[0] == .failure(.voucher(.redeemedBefore)) && outcomes[1] == .failure(.voucher(.usedUp)))
        #expect(outcomes[2] == .failure(.voucher(.unknown)) && kinds(outcomes)[3] == "refused")
        #expect(try await ledger.pool.writeWithoutTransaction { $0.totalChangesCount } == changes)
        await ledger.close()
    }

    /// The request identifier was settled before: the hold is deleted, and then the row violates its unique index.
    @Test mutating func `a settlement that fails half-written is undone alone, in one commit`() async throws {
        let hold = commands.hold(key, 100)
        _ = await ledger.outcomes(of: [.hold(hold), .settle(commands.settlement(hold, cost: 10))])
        try await ledger.apply(.hold(hold))
        let other = commands.hold(key, 40)
        let before = (commits.commits, commits.rollbacks)
        let outcomes = await batch([
            .hold(other), .settle(commands.settlement(hold, cost: 10)),
            .manage(ChangeKey(key.id, KeyChange(label: "new"), at: commands.now)),
            .settle(commands.settlement(other, cost: 30)),
        ])
        #expect(kinds(outcomes) == ["done", "refused", "done", "done"])
        #expect(commits.commits == before.0 + 1 && commits.rollbacks == before.1 + 1)
        #expect(try await ledger.contents(usageFrom: Day(number: 0)).holds == [hold])
        #expect(try await ledger.key(key.id)?.spent == NanoUSD(nanos: 40))
        await ledger.close()
    }

    @Test mutating func `a failing disk costs no commit at all`() async throws {
        try await ledger.pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA query_only = 1") }
        let before = commits.commits
        let outcomes = await batch([
            .hold(commands.hold(key, 1)), .manage(RedeemVoucher(code.id, by: key.id, at: commands.now)),
            .hold(commands.hold(key, 2)),
        ])
        for outcome in outcomes {
            guard case .failure(.unavailable) = outcome else {
                Issue.record("\(outcome)")
                continue
            }
        }
        #expect(commits.commits == before)
        try await ledger.pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA query_only = 0") }
        await ledger.close()
    }
}

/// Counts the transactions of the writer's connection that changed something.
private final class CommitCounter: TransactionObserver, Sendable {
    private let counts = Mutex((commits: 0, rollbacks: 0, hasChanges: false))

    var commits: Int { counts.withLock { $0.commits } }
    var rollbacks: Int { counts.withLock { $0.rollbacks } }

    func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool { true }

    func databaseDidChange(with event: DatabaseEvent) {
        counts.withLock { $0.hasChanges = true }
    }

    func databaseDidCommit(_ db: Database) {
        counts.withLock { counts in
            if counts.hasChanges { counts.commits += 1 }
            counts.hasChanges = false
        }
    }

    func databaseDidRollback(_ db: Database) {
        counts.withLock { counts in
            counts.rollbacks += 1
            counts.hasChanges = false
        }
    }
}
