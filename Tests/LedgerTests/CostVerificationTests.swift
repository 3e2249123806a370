import Foundation
import GRDB
import Ledger
import Metering
import Money
import Pricing
import SQLiteStorage
import Testing
import Timekeeping

/// The cost of each row follows from its quantities and its rate card.
@Suite struct CostVerificationTests {
    private static let card = """
        models:
          model-1: {input: 3, output: 15, cache_read: 0.3, context: 100000, max_output: 1000}
        """

    /// Makes a ledger with one row that costs what its card says, a row without usage, an interrupted one, and one whose
    /// card is not recorded.
    private func ledger() async throws -> TemporaryLedger {
        let file = try TemporaryLedger()
        let ledger = try file.open()
        let card = try RateCard(yaml: Self.card, source: "test")
        var commands = Commands(seed: 5)
        let (_, key) = try await ledger.openAccount(&commands, deposit: 100_000_000_000)
        try await ledger.apply(
            AdoptPrices(
                RateCardRecord(
                    version: card.version, effectiveFrom: commands.now, origin: .file, card: card.text,
                    recordedAt: commands.now)))
        let price = try #require(card.price(for: "model-1"))
        for (source, version) in [
            (UsageSource.reported, card.version), (.none, card.version), (.interrupted, card.version), (.reported, 7),
        ] {
            var hold = commands.hold(key, 100_000_000)
            hold.model = "model-1"
            hold.priceVersion = version
            try await ledger.apply(.hold(hold))
            var settlement = commands.settlement(hold, cost: 1000)
            settlement.usage[.webSearch] = 2
            settlement.usageSource = source
            switch source {
            case .none: settlement.cost = .zero
            case .reported where version == card.version: settlement.cost = price.cost(of: settlement.usage)
            default: break
            }
            try await ledger.apply(.settle(settlement))
        }
        await ledger.close()
        return file
    }

    private func breaks(after sql: String) async throws -> [String] {
        let file = try await ledger()
        try await DatabaseQueue(path: file.path).write { try $0.execute(sql: sql) }
        return try await LedgerVerification.verify(path: file.path).breaks.filter { $0.contains("prices of version") }
    }

    @Test func `finds nothing wrong with costs by the card, interrupted requests and unknown cards`() async throws {
        let file = try await ledger()
        #expect(try await LedgerVerification.verify(path: file.path).breaks == [])
    }

    @Test(arguments: [
        "UPDATE requests SET cost_nano_usd = cost_nano_usd + 1 WHERE id = 1",
        "UPDATE requests SET cost_nano_usd = 5 WHERE id = 2",
        "UPDATE requests SET output_tokens = output_tokens + 1 WHERE id = 1",
        "UPDATE requests SET markup_millionths = 2000000 WHERE id = 1",
        "UPDATE request_dimensions SET quantity = 3 WHERE row_id = 1",
    ])
    func `names the row whose cost differs`(sql: String) async throws {
        let found = try await breaks(after: sql)
        #expect(found.count == 1 && found.allSatisfy { $0.hasPrefix("requests req_") })
    }

    @Test func `rows of earlier rules are not recomputed`() async throws {
        #expect(
            try await breaks(after: "UPDATE requests SET cost_nano_usd = cost_nano_usd + 1, cost_rules = 0") == [])
    }
}
