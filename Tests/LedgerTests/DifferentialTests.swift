import Accounts
import Ledger
import Money
import SQLiteStorage
import Testing

/// The real ledger does what the model does, command by command.
@Suite struct DifferentialTests {
    @Test(arguments: [1, 2, 3] as [UInt64])
    func `both ledgers agree after every command`(seed: UInt64) async throws {
        let file = try LedgerFile()
        let real = try file.open()
        let model = InMemoryLedger()
        var commands = Commands(seed: seed)
        var keys: [KeyRecord] = []
        var holds: [Hold] = []
        var accounts: [AccountRecord] = []

        /// Applies a command to both; their answers must be the same.
        func apply(_ command: LedgerCommand) async throws -> LedgerReceipt? {
            let expected = await result { () throws(LedgerFailure) in try await model.apply(command) }
            let found = await result { () throws(LedgerFailure) in try await real.apply(command) }
            switch (expected, found) {
            case (.success(let expected), .success(let found)):
                #expect(expected == found)
                return expected
            case (.failure, .failure): return nil
            default:
                Issue.record("model: \(expected), ledger: \(found), command: \(command)")
                return nil
            }
        }

        for step in 0..<1500 {
            let roll = step == 0 ? 0 : Int.random(in: 1...100, using: &commands.generator)
            switch roll {
            case 0, 1:
                let key = commands.newKey()
                let receipt = try await apply(
                    .openAccount(publicID: commands.id(), name: "a\(step)", key: key, at: commands.now))
                if case .account(let account, let own) = receipt {
                    accounts.append(account)
                    keys.append(own)
                }
            case 2...6:
                let account = accounts.randomElement(using: &commands.generator)
                guard let account else { continue }
                let amount = NanoUSD(nanos: .random(in: 1...3, using: &commands.generator) * 1000)
                let reference = Bool.random(using: &commands.generator) ? "r\(roll)" : nil
                _ = try await apply(
                    .enterDeposit(
                        publicID: commands.id(), accountID: account.id, amount: amount,
                        status: roll == 2 ? .pending : .completed, reference: reference, at: commands.now))
            case 7:
                _ = try await apply(
                    .completeDeposit(DepositID(.random(in: 1...20, using: &commands.generator)), at: commands.now))
            case 8...13:
                guard let account = accounts.randomElement(using: &commands.generator) else { continue }
                let multiplier = DisplayMultiplier(
                    numerator: .random(in: 7...40, using: &commands.generator), denominator: 7)
                let key = commands.newKey(
                    budget: NanoUSD(nanos: .random(in: 1...2000, using: &commands.generator)),
                    multiplier: multiplier ?? .one)
                if case .key(let record, _) = try await apply(
                    .createKey(accountID: account.id, key: key, at: commands.now))
                {
                    keys.append(record)
                }
            case 14...20:
                guard let key = keys.randomElement(using: &commands.generator) else { continue }
                let change = KeyChange(
                    multiplier: roll == 14 ? DisplayMultiplier(numerator: 3, denominator: 2) : nil,
                    budgetChange: NanoUSD(nanos: .random(in: -500...500, using: &commands.generator)))
                if case .key(let record, _) = try await apply(.changeKey(key.id, change, at: commands.now)) {
                    keys = keys.map { $0.id == record.id ? record : $0 }
                }
            case 21, 22:
                guard let key = keys.randomElement(using: &commands.generator) else { continue }
                _ = try await apply(.deleteKey(key.id, at: commands.now))
            case 23...65:
                guard let key = keys.randomElement(using: &commands.generator) else { continue }
                let hold = commands.hold(key, .random(in: 0...200, using: &commands.generator))
                if try await apply(.hold(hold)) != nil { holds.append(hold) }
            default:
                guard let hold = holds.randomElement(using: &commands.generator) else { continue }
                let cost = Int64.random(in: 0...250, using: &commands.generator)
                let overrun = max(0, cost - hold.amount.nanos)
                if try await apply(.settle(commands.settlement(hold, cost: cost, overrun: overrun))) != nil {
                    holds.removeAll { $0 == hold }
                }
            }
        }
        let expected = await model.contents()
        let found = try await real.contents()
        #expect(expected.accounts == found.accounts && expected.keys == found.keys)
        #expect(Set(expected.holds) == Set(found.holds))
        for key in keys {
            let rows = model.rows(ofKey: key.id)
            let page = try await real.rows(ofKey: key.id, page: Page(number: 1, size: 10_000))
            #expect(page.rows == rows)
        }
        await real.close()
        #expect(try await LedgerVerification.verify(path: file.path).breaks == [])
    }

    private func result(
        _ work: () async throws(LedgerFailure) -> LedgerReceipt
    ) async -> Result<LedgerReceipt, LedgerFailure> {
        do throws(LedgerFailure) {
            return .success(try await work())
        } catch {
            return .failure(error)
        }
    }
}
