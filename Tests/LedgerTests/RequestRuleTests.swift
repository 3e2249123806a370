import Accounts
import Ledger
import Money
import SQLiteStorage
import Testing
import Timekeeping

@Suite struct RequestRuleTests {
    private let file: TemporaryLedger
    private let ledger: SQLiteLedger
    private var commands = Commands(seed: 41)
    private let account: AccountRecord
    private let own: KeyRecord
    private let key: KeyRecord

    init() async throws {
        file = try TemporaryLedger()
        ledger = try file.open()
        (account, own) = try await ledger.openAccount(&commands, deposit: 1000)
        key = try await ledger.createKey(&commands, account, budget: 600)
    }

    private func isRefused(_ outcome: LedgerOutcome) -> Bool {
        if case .failure(.refused) = outcome { true } else { false }
    }

    private func isNotFound(_ outcome: LedgerOutcome) -> Bool {
        if case .failure(.notFound) = outcome { true } else { false }
    }

    @Test mutating func `a hold beyond the budget is refused, also beside its own settlement`() async throws {
        for spender in [key, own] {
            let hold = commands.hold(spender, 700)
            let outcomes = await ledger.outcomes(of: [.hold(hold), .settle(commands.settlement(hold, cost: 1))])
            #expect(isRefused(outcomes[0]) && isNotFound(outcomes[1]))
        }
        await ledger.close()
    }

    @Test mutating func `a settlement that names another amount or key than its hold ends nothing`() async throws {
        let hold = commands.hold(key, 100)
        try await ledger.apply(.hold(hold))
        var otherAmount = hold
        otherAmount.amount = NanoUSD(nanos: 99)
        var otherKey = hold
        otherKey.keyID = own.id
        for wrong in [otherAmount, otherKey] {
            #expect(isNotFound(await ledger.outcomes(of: [.settle(commands.settlement(wrong, cost: 1))])[0]))
        }
        #expect(try await ledger.contents(usageFrom: Day(number: 0)).holds == [hold])
        await ledger.close()
        #expect(try await LedgerVerification.verify(path: file.path).breaks == [])
    }

    @Test mutating func `a hold on a key of another account is refused`() async throws {
        let (other, _) = try await ledger.openAccount(&commands, deposit: 1000)
        var hold = commands.hold(key, 100)
        hold.accountID = other.id
        #expect(isNotFound(await ledger.outcomes(of: [.hold(hold)])[0]))
        await ledger.close()
    }

    @Test mutating func `a deleted key takes no holds, and its last request returns the rest`() async throws {
        let hold = commands.hold(key, 100)
        try await ledger.apply(.hold(hold))
        #expect(try await ledger.apply(DeleteKey(key.id, at: commands.now)).refunded == NanoUSD(nanos: 500))
        #expect(isNotFound(await ledger.outcomes(of: [.hold(commands.hold(key, 0))])[0]))
        let receipt = try await ledger.apply(.settle(commands.settlement(hold, cost: 30)))
        #expect(receipt == RequestReceipt(refunded: NanoUSD(nanos: 70)))
        #expect(try await ledger.account(account.id)?.available == NanoUSD(nanos: 970))
        await ledger.close()
        #expect(try await LedgerVerification.verify(path: file.path).breaks == [])
    }

    @Test mutating func `a budget that its client could not be shown is refused`() async throws {
        let (rich, _) = try await ledger.openAccount(&commands, deposit: 20_000_000_000_000)
        let multiplier = try #require(DisplayMultiplier(numerator: 1_000_000, denominator: 1))
        let tooMuch = commands.newKey(budget: NanoUSD(dollars: 10_000), multiplier: multiplier)
        let command = CreateKey(accountID: rich.id, key: tooMuch, at: commands.now)
        #expect(isRefused(await ledger.outcomes(of: [.manage(command)])[0]))
        let fitting = try await ledger.createKey(
            &commands, rich, budget: 9_000_000_000_000, multiplier: multiplier)
        let change = KeyChange(budgetChange: NanoUSD(dollars: 1000))
        #expect(isRefused(await ledger.outcomes(of: [.manage(ChangeKey(fitting.id, change, at: commands.now))])[0]))
        #expect(try await ledger.key(fitting.id)?.shownBudget == NanoUSD(dollars: 9_000_000_000))
        await ledger.close()
    }

    @Test(arguments: [
        Page(number: 0, size: 20), Page(number: 1, size: 0), Page(number: -1, size: 1), Page(number: 1, size: -1),
    ])
    mutating func `a page that is none has no rows and the right total`(page: Page) async throws {
        let hold = commands.hold(key, 100)
        _ = await ledger.outcomes(of: [.hold(hold), .settle(commands.settlement(hold, cost: 1))])
        #expect(try await ledger.rows(of: .key(key.id), page: page) == LedgerPage(rows: [], total: 1))
        await ledger.close()
    }
}
