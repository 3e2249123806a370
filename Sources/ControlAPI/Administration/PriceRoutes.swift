import Admission
import Foundation
import HTTPTypes
import Ledger
import Metering
import Money
import Pricing
import Timekeeping

/// Reads the operator's rate card from the file that the gateway was started with.
public typealias PriceSource = @Sendable () throws -> RateCard

/// The rate cards that are in force now or later, and their changes.
struct PriceRoutes: Sendable {
    let admission: AdmissionServices
    let source: PriceSource

    /// Maximum size of a rate card, in bytes; enough for every model on the market.
    private static let largestCard = 8 << 20

    var table: [ControlRoute] {
        [
            ControlRoute(.get, "/admin/prices", .adminKey, list),
            ControlRoute(.post, "/admin/prices", .adminKey, maximumBody: Self.largestCard, adopt),
        ]
    }

    private func list(_ request: ControlRequest) async throws -> JSON {
        try QueryFields(request.uri).finish()
        let prices = admission.prices.schedule
        let card = admission.prices.rateCard
        let coming = prices.entries.filter { $0.effectiveFrom > admission.time.now() }
        return .object([
            ("version", .string(String(card.version))),
            (
                "upcoming",
                .array(
                    coming.map {
                        .object([
                            ("version", .string(String($0.card.version))),
                            ("effectiveFrom", .string($0.effectiveFrom.rfc3339)),
                        ])
                    })
            ),
            ("models", .array(card.models.map(Self.describe))),
        ])
    }

    /// Puts the rate card in the body into force, from `effectiveFrom` on; without a body, reloads the gateway's file.
    private func adopt(_ request: ControlRequest) async throws -> JSON {
        var query = QueryFields(request.uri)
        let moment = try query.moment("effectiveFrom")
        try query.finish()
        guard !request.body.isEmpty else {
            guard moment == nil else {
                throw ControlError(.invalidBody, "'effectiveFrom' needs a rate card in the body")
            }
            let card = try Self.card { try source() }
            let changed = try await admission.prices.reload(file: card, by: request.actor)
            return .object([
                ("version", .string(String(admission.prices.rateCard.version))), ("changed", .bool(changed != nil)),
            ])
        }
        let card = try Self.card { try RateCard(yaml: String(decoding: request.body, as: UTF8.self), source: "body") }
        let record = try await admission.prices.adopt(
            card, origin: .call, from: moment ?? admission.time.now(), by: request.actor)
        return .object([
            ("version", .string(String(record.version))),
            ("effectiveFrom", .string(record.effectiveFrom.rfc3339)), ("models", .integer(card.models.count)),
        ])
    }

    private static func card(_ read: () throws -> RateCard) throws -> RateCard {
        do {
            return try read()
        } catch {
            throw ControlError(.invalidRateCard, "\(error)")
        }
    }

    private static func describe(_ price: ModelPrice) -> JSON {
        var members: [(String, JSON)] = [("model", .string(price.model))] + members(of: price.rates)
        members += [
            ("per_request", .amount(price.perRequest)), ("per_image", .amount(price.perImage)),
            ("context", .integer(price.contextTokens)), ("max_output", .integer(price.maxOutputTokens)),
            ("image_tokens", .integer(price.imageTokens)),
            (
                "tiers",
                .array(price.tiers.map { .object([("above", .integer($0.above))] + Self.members(of: $0.rates)) })
            ),
        ]
        members += [
            ("tier_scope", .string(price.tierScope.rawValue)),
            ("services", .array(price.services.map(describe))), ("default_tier", .string("\(price.defaultTier)")),
            ("residency", .number(price.residency.decimal)), ("web_search", .amount(price.units.webSearch)),
            ("file_search", .amount(price.units.fileSearch)),
            ("code_interpreter", .amount(price.units.codeInterpreter)),
            ("audio_time", .optional(price.units.audioSecond, JSON.amount)),
            ("characters", .optional(price.units.characters, perMillion)),
            (
                "pictures",
                .array(
                    price.units.pictures.map {
                        .object([("form", .string($0.form.text)), ("price", .amount($0.price))])
                    })
            ),
            ("checked", .optional(price.checked, JSON.string)),
        ]
        return .object(members)
    }

    private static func describe(_ price: ServicePrice) -> JSON {
        let service =
            switch price.service {
            case .tier(let tier): "\(tier)"
            case .fast: "fast"
            }
        return switch price.terms {
        case .factor(let factor):
            .object([("service", .string(service)), ("factor", .number(factor.decimal)), ("rates", .null)])
        case .rates(let schedule):
            .object([("service", .string(service)), ("factor", .null), ("rates", .object(members(of: schedule.rates)))])
        }
    }

    private static func perMillion(_ rate: Rate) -> JSON { .amount(NanoUSD(nanos: rate.nanoUSDPerMillionTokens)) }

    private static func members(of rates: TokenRates) -> [(String, JSON)] {
        Dimension.allCases.filter { $0.isInput || $0.isOutput }.map { dimension in
            (dimension.name, .optional(rates[dimension], perMillion))
        }
    }
}
