import Accounts
import GRDB
import Ledger
import Metering
import Money
import Pricing

/// Recomputes the cost of each row from its quantities, its terms of service and the rate card of its price version.
///
/// - Rule: Rows whose usage was reported or estimated cost what the rate card says, all others nothing. Not recomputed are
///   interrupted requests, which are charged from their hold by the recovery policy; rows that earlier rules of cost
///   computed (``CostRules``); and rows whose rate card is not recorded, cannot be read or has no price for their model.
/// - Why: A row must explain its cost years later, and what cannot be known is not an error.
/// - Without it: Sums could be consistent and each of their parts wrong.
struct CostVerification {
    let db: Database
    private var cards: [Int64: RateCard?] = [:]

    /// Rows that are read at once.
    private static let chunk: Int64 = 1000

    init(db: Database) { self.db = db }

    /// Returns a sentence for each row whose cost differs, at most ``LedgerVerification/breaksPerRule``.
    mutating func breaks() throws -> [String] {
        var breaks: [String] = []
        guard let bounds = try db.first("SELECT MIN(id) AS first, MAX(id) AS last FROM requests"),
            let first: Int64 = bounds["first"], let last: Int64 = bounds["last"]
        else { return [] }
        for start in stride(from: first, through: last, by: Int64.Stride(Self.chunk)) {
            let end = min(last, start + Self.chunk - 1)
            do {
                let rows = try db.ledgerRows(
                    "WHERE requests.id BETWEEN ? AND ? AND cost_rules = ?", [start, end, CostRules.current])
                for row in rows { try check(row, &breaks) }
            } catch let unreadable as UnreadableColumn {
                breaks.append("requests \(start) to \(end): a row has an invalid \(unreadable.name)")
            }
            guard breaks.count < LedgerVerification.breaksPerRule else { break }
        }
        return breaks
    }

    private mutating func check(_ row: LedgerRow, _ breaks: inout [String]) throws {
        guard row.usageSource != .interrupted else { return }
        var expected = NanoUSD.zero
        if row.isChargedByUsage {
            guard var price = try card(row.priceVersion)?.price(for: row.model) else { return }
            price.markup = row.markup
            expected = price.cost(of: row.usage, terms: row.terms)
        }
        guard row.cost != expected, breaks.count < LedgerVerification.breaksPerRule else { return }
        breaks.append(
            "requests \(row.requestID.requestText): cost_nano_usd is \(row.cost.nanos), but its quantities and the prices of version \(row.priceVersion) say \(expected.nanos)"
        )
    }

    /// Returns the recorded rate card of a price version, or nil if there is none that can be read.
    private mutating func card(_ version: Int64) throws -> RateCard? {
        if let known = cards[version] { return known }
        let text: String? = try db.first("SELECT card FROM rate_cards WHERE version = ? LIMIT 1", [version])?["card"]
        let card = text.flatMap { try? RateCard(yaml: $0, source: "rate card \(version)") }
        cards[version] = .some(card)
        return card
    }
}
