import Accounts
import Admission
import HTTPTypes
import Ledger
import Metering
import Money
import Pricing

/// Single requests with the explanation of their cost: for the operator, and for the account that paid.
///
/// Clients have no such route: it shows the account's cost, rates and markup.
struct RequestRoutes: Sendable {
    let admission: AdmissionServices
    let ledger: any AccountReader & RequestLogReader

    var table: [ControlRoute] {
        [
            ControlRoute(.get, "/usage-logs/:id", .accountKey, ofAccount),
            ControlRoute(.get, "/admin/requests/:id", .adminKey, ofAnyAccount),
        ]
    }

    private func ofAccount(_ request: ControlRequest) async throws -> JSON {
        try QueryFields(request.uri).finish()
        let row = try await ledger.row(of: Self.id(request), owner: .account(request.accountID))
        guard let row else { throw Self.notFound }
        return .object(try await explained(row))
    }

    /// Answers with what only the operator sees, too: the account, and the cost at the upstream.
    private func ofAnyAccount(_ request: ControlRequest) async throws -> JSON {
        try QueryFields(request.uri).finish()
        guard let row = try await ledger.row(of: Self.id(request)),
            let account = try await ledger.account(row.accountID)
        else { throw Self.notFound }
        return .object(
            try await explained(row) + [
                ("account_id", .string(account.publicID.description)), ("payer", .string("\(row.payer)")),
                ("overrun_usdc", .amount(row.overrun)),
                ("upstream_cost_usdc", .optional(row.upstreamCost, JSON.amount)),
            ])
    }

    private static let notFound = ControlError(.notFound, "Request not found")

    private static func id(_ request: ControlRequest) throws(ControlError) -> UUIDv7 {
        guard let id = request.id.flatMap({ UUIDv7(requestText: $0) }) else { throw notFound }
        return id
    }

    private func explained(_ row: LedgerRow) async throws -> [(String, JSON)] {
        LogAnswer.members(of: row, for: .account) + [
            ("status", .integer(row.status)), ("first_byte_ms", .optional(row.firstByteMilliseconds, JSON.integer)),
            ("resident", .bool(row.terms.isResident)), ("fast", .bool(row.terms.isFast)),
            ("shown_cost_usdc", .amount(row.shownCost)), ("display_multiplier", .number(row.multiplier.decimal)),
            ("markup", .number(row.markup.decimal)), ("price_version", .string(String(row.priceVersion))),
            ("explanation", .optional(try await breakdown(of: row), Self.describe)),
        ]
    }

    /// Returns the explanation of a row's cost by the rate card that it was charged by; nil if nothing was charged, if the
    /// cost was not computed from usage, or if the card is not recorded.
    private func breakdown(of row: LedgerRow) async throws -> CostBreakdown? {
        guard row.isChargedByUsage,
            var price = try await card(row.priceVersion)?.price(for: row.model)
        else { return nil }
        price.markup = row.markup
        let breakdown = price.breakdown(of: row.usage, terms: row.terms)
        return breakdown.cost == row.cost ? breakdown : nil
    }

    private func card(_ version: Int64) async throws -> RateCard? {
        if let entry = admission.prices.schedule.entries.first(where: { $0.card.version == version }) {
            return entry.card
        }
        guard let record = try await ledger.rateCard(version: version) else { return nil }
        return try? RateCard(yaml: record.card, source: "rate card \(version)")
    }

    private static func describe(_ breakdown: CostBreakdown) -> JSON {
        .object([
            ("lines", .array(breakdown.lines.map(describe))), ("per_request", .amount(breakdown.perRequest)),
            ("long_input_above", .optional(breakdown.longInputAbove, JSON.integer)),
            (
                "factors",
                .object([
                    ("service_tier", .number(breakdown.tier.decimal)),
                    ("residency", .number(breakdown.residency.decimal)), ("speed", .number(breakdown.speed.decimal)),
                ])
            ),
        ])
    }

    private static func describe(_ line: CostBreakdown.Line) -> JSON {
        .object([
            ("dimension", .string(line.dimension.name)), ("quantity", .integer(line.quantity)),
            ("unit", .string(line.dimension.unit.rawValue)), ("rate", .amount(line.rate)), ("per", .integer(line.per)),
            ("amount", .number(decimal(line.exact))), ("factored", .bool(line.isScaled)),
            ("unpriced", .bool(line.isUnpriced)),
        ])
    }

    /// Returns an amount in millionths of a nano-USD as a decimal number of USD.
    private static func decimal(_ exact: Int128) -> String {
        let (whole, rest) = exact.quotientAndRemainder(dividingBy: 1_000_000_000_000_000)
        let digits = String(rest)
        return "\(whole)." + String(repeating: "0", count: 15 - digits.count) + digits
    }
}
