import Foundation
import GRDB
import Ledger
import Money
import SQLiteStorage
import Testing
import Timekeeping

@Suite struct VerificationTests {
    /// Makes a ledger of two keys and ten rows, with one hold open.
    private func ledger() async throws -> TemporaryLedger {
        let file = try TemporaryLedger()
        let ledger = try file.open()
        var commands = Commands(seed: 11)
        let (account, own) = try await ledger.openAccount(&commands, deposit: 10_000)
        let key = try await ledger.createKey(&commands, account, budget: 5000)
        for index in 0..<10 {
            let hold = commands.hold(index % 2 == 0 ? key : own, 100)
            try await ledger.apply(.hold(hold))
            try await ledger.apply(
                .settle(
                    index == 4 ? commands.unusualSettlement(hold, cost: 60) : commands.settlement(hold, cost: 60)))
        }
        let monday = Period.week.next(after: commands.now.day)
        try await ledger.apply(RollUpWeeks(of: [key.id, own.id], before: monday))
        try await ledger.apply(.hold(commands.hold(key, 100)))
        let secret = commands.newKey().secret
        let voucher = NewVoucher(
            publicID: commands.id(), digest: secret.digest, sealedCode: secret.sealed, label: "",
            amount: NanoUSD(nanos: 50), shownAmount: NanoUSD(nanos: 70), uses: 2, expiresAt: nil)
        let made = try await ledger.apply(CreateVouchers(accountID: account.id, [voucher], at: commands.now))
        let id = try #require(made.first?.id)
        try await ledger.apply(RedeemVoucher(id, by: key.id, at: commands.now))
        await ledger.close()
        return file
    }

    @Test func `finds nothing wrong with an honest ledger`() async throws {
        let file = try await ledger()
        let result = try await LedgerVerification.verify(path: file.path)
        #expect(result.breaks == [] && result.counts == (1, 2, 10))
    }

    @Test(arguments: [
        "UPDATE keys SET spent_nano_usd = spent_nano_usd + 1 WHERE kind = 2",
        "UPDATE keys SET held_nano_usd = held_nano_usd + 1 WHERE kind = 2",
        "UPDATE keys SET budget_nano_usd = budget_nano_usd + 1 WHERE kind = 2",
        "UPDATE keys SET shown_spent_nano_usd = shown_spent_nano_usd + 1 WHERE kind = 2",
        "UPDATE keys SET row_count = row_count + 1",
        "UPDATE accounts SET deposited_nano_usd = deposited_nano_usd + 1",
        "UPDATE accounts SET allocated_nano_usd = allocated_nano_usd + 1",
        "UPDATE accounts SET spent_nano_usd = spent_nano_usd + 1",
        "UPDATE accounts SET spent_by_clients_nano_usd = spent_by_clients_nano_usd + 1",
        "UPDATE accounts SET overrun_nano_usd = overrun_nano_usd + 1",
        "UPDATE accounts SET row_count = row_count + 1",
        "UPDATE requests SET cost_nano_usd = cost_nano_usd + 1 WHERE id = 3",
        "UPDATE requests SET key_sequence = 1000 WHERE id = 9",
        "UPDATE requests SET account_sequence = 1000 WHERE id = 10",
        "DELETE FROM requests WHERE id = 4", "DELETE FROM holds",
        "PRAGMA foreign_keys = OFF; DELETE FROM postings WHERE kind = 2",
        "DELETE FROM postings WHERE kind = 1", "UPDATE deposits SET amount_nano_usd = amount_nano_usd + 1",
        "UPDATE usage_by_key_day SET cost_nano_usd = cost_nano_usd + 1", "DELETE FROM usage_by_key_day",
        "UPDATE usage_by_model_hour SET cost_nano_usd = cost_nano_usd + 1", "DELETE FROM usage_by_model_hour",
        "UPDATE usage_by_key_day SET requests = requests + 1",
        "UPDATE usage_by_key_week SET requests = requests + 1", "DELETE FROM usage_by_key_week",
        "UPDATE usage_by_key_week SET cost_nano_usd = cost_nano_usd + 1",
        "UPDATE usage_by_key_week SET shown_cost_nano_usd = shown_cost_nano_usd + 1",
        "UPDATE usage_by_key_week SET first_day = first_day + 7", "UPDATE keys SET summed_until_day = -3",
        "UPDATE keys SET input_tokens = input_tokens + 1", "UPDATE keys SET output_tokens = output_tokens + 1",
        "UPDATE usage_by_key_day SET input_tokens = input_tokens + 1",
        "UPDATE usage_by_key_day SET output_tokens = output_tokens + 1",
        "UPDATE usage_by_key_day SET shown_cost_nano_usd = shown_cost_nano_usd + 1",
        "UPDATE usage_by_key_day SET day = day + 1",
        "UPDATE usage_by_key_day SET allowance_nano_usd = 1",
        "UPDATE usage_by_key_day SET first_sequence = first_sequence + 1",
        "UPDATE usage_by_key_day SET last_sequence = last_sequence + 1",
        "UPDATE usage_by_model_hour SET first_sequence = 0", "UPDATE usage_by_model_hour SET last_sequence = 0",
        "UPDATE requests SET payer = 2 WHERE id = 3", "UPDATE requests SET payer = 1 WHERE id = 3",
        "UPDATE holds SET payer = 1", "UPDATE keys SET draws_on_account = 1 WHERE kind = 2",
        "UPDATE keys SET drawn_nano_usd = drawn_nano_usd + 1 WHERE kind = 1",
        "UPDATE keys SET drawn_held_nano_usd = 1 WHERE kind = 1",
        "UPDATE keys SET dropped_drawn_nano_usd = 1 WHERE kind = 1",
        "UPDATE usage_by_model_hour SET requests = requests + 1",
        "UPDATE usage_by_model_hour SET input_tokens = input_tokens + 1",
        "UPDATE usage_by_model_hour SET output_tokens = output_tokens + 1",
        "UPDATE usage_by_model_hour SET hour = hour + 1",
        "UPDATE requests SET input_tokens = input_tokens + 1 WHERE id = 3",
        "UPDATE keys SET dropped_rows = dropped_rows + 1 WHERE row_count > 0",
        "UPDATE keys SET dropped_spent_nano_usd = 1 WHERE row_count > 0",
        "UPDATE accounts SET dropped_overrun_nano_usd = 1",
        "UPDATE retention SET last_day = 99999; DELETE FROM usage_by_key_day",
        "UPDATE retention SET last_day = 99999; UPDATE usage_by_model_hour SET requests = requests + 1",
        "DELETE FROM requests WHERE id = 1",
        "UPDATE requests SET key_sequence = 0 WHERE key_sequence = 2",
        "UPDATE requests SET multiplier_numerator = 3 WHERE id = 3",
        "UPDATE keys SET deleted_at_ms = 1 WHERE kind = 2",
        "UPDATE request_dimensions SET quantity = quantity + 1", "DELETE FROM request_dimensions",
        "UPDATE request_dimensions SET row_id = 2",
        "UPDATE dimensions_by_key_day SET quantity = quantity + 1", "DELETE FROM dimensions_by_key_day",
        "UPDATE dimensions_by_key_day SET day = day + 1",
        "UPDATE dimensions_by_key_week SET quantity = quantity + 1", "DELETE FROM dimensions_by_key_week",
        "UPDATE dimensions_by_model_hour SET quantity = quantity + 1", "DELETE FROM dimensions_by_model_hour",
        "INSERT INTO dropped_dimensions VALUES (2, 6, 1)",
        "UPDATE retention SET last_day = 99999; UPDATE dimensions_by_model_hour SET quantity = quantity + 1",
        "UPDATE retention SET last_day = 99999; UPDATE dimensions_by_key_day SET quantity = quantity + 1;"
            + "UPDATE dimensions_by_model_hour SET quantity = quantity + 1",
        "UPDATE vouchers SET used = 2", "UPDATE vouchers SET used = 0", "DELETE FROM voucher_redemptions",
        "UPDATE vouchers SET amount_nano_usd = 49", "UPDATE voucher_redemptions SET key_id = 1",
        "UPDATE voucher_redemptions SET posting_id = 2",
        "INSERT INTO accounts (public_id, name, created_at_ms) VALUES (randomblob(16), 'without a key', 1)",
        "INSERT INTO models (name) VALUES ('m'); UPDATE requests SET model_id = last_insert_rowid() WHERE id = 3",
        "UPDATE requests SET request_id = (SELECT request_id FROM holds) WHERE id = 3",
        "INSERT INTO accounts (public_id, name, created_at_ms) VALUES (randomblob(16), 'b', 1);"
            + "UPDATE postings SET account_id = last_insert_rowid() WHERE kind = 2",
        "PRAGMA foreign_keys = OFF; UPDATE requests SET model_id = 99 WHERE id = 3",
        "PRAGMA ignore_check_constraints = ON; UPDATE requests SET duration_ms = 1, overrun_nano_usd = -1 WHERE id = 3",
    ])
    func `finds tampering`(sql: String) async throws {
        let file = try await ledger()
        // Outside of a transaction, where pragmas take effect.
        try await DatabaseQueue(path: file.path).writeWithoutTransaction { try $0.execute(sql: sql) }
        #expect(try await LedgerVerification.verify(path: file.path).breaks != [])
    }

    @Test func `says the table, the row and both numbers`() async throws {
        let file = try await ledger()
        try await DatabaseQueue(path: file.path).write { db in
            try db.execute(sql: "UPDATE keys SET spent_nano_usd = spent_nano_usd + 1 WHERE kind = 2")
        }
        #expect(
            try await LedgerVerification.verify(path: file.path).breaks == [
                "keys 2: spent_nano_usd is 301, but its rows in requests and what was dropped say 300",
                "accounts 1: spent_by_clients_nano_usd is 300, but its keys say 301",
                "keys 2: spent_nano_usd and drawn_nano_usd is 301, but its sums by day say 300",
            ])
    }

    @Test func `verifies a ledger that is being written`() async throws {
        let file = try TemporaryLedger()
        let ledger = try file.open()
        var commands = Commands(seed: 12)
        let (account, _) = try await ledger.openAccount(&commands, deposit: 1_000_000)
        let key = try await ledger.createKey(&commands, account, budget: 1_000_000)
        for _ in 0..<1000 {
            let hold = commands.hold(key, 50)
            ledger.enqueue(RequestCommand.hold(hold)) { _ in }
            ledger.enqueue(RequestCommand.settle(commands.settlement(hold, cost: 7))) { _ in }
        }
        for _ in 0..<10 { #expect(try await LedgerVerification.verify(path: file.path).breaks == []) }
        await ledger.close()
        #expect(try await LedgerVerification.verify(path: file.path).counts.rows == 1000)
    }

    @Test func `refuses what is not a ledger`() async throws {
        let file = try TemporaryLedger()
        await #expect(throws: LedgerVerificationError.self) { try await LedgerVerification.verify(path: file.path) }
        try await DatabaseQueue(path: file.path).write { try $0.execute(sql: "CREATE TABLE t (x)") }
        await #expect(throws: LedgerVerificationError.self) { try await LedgerVerification.verify(path: file.path) }
        try Data("not a database at all, but long enough to be read as one".utf8).write(to: URL(filePath: file.path))
        await #expect(throws: (any Error).self) { try await LedgerVerification.verify(path: file.path) }
    }
}
