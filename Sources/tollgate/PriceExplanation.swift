import Metering
import Money
import Pricing

/// Explains how a model is charged, for the terminal.
extension ModelPrice {
    /// Tables and sentences with all rates, factors, thresholds and bounds.
    var explanation: String {
        ([
            checked.map { "\(model): prices checked on \($0), in USD" } ?? "\(model): prices in USD",
            Table(rates.priceRows + unitRows, columns: ["charged", "price", "per"]).text,
        ] + tierLines + serviceLines + boundLines).joined(separator: "\n")
    }

    private var unitRows: [[String: Any]] {
        var rows: [[String: Any]] = []
        func add(_ charged: String, _ price: NanoUSD?, per unit: String) {
            if let price { rows.append(["charged": charged, "price": price.decimal, "per": unit]) }
        }
        add("request", perRequest > .zero ? perRequest : nil, per: "request")
        for picture in units.pictures { add("pictures " + picture.form.text, picture.price, per: "picture") }
        add(Dimension.pictures.name, units.picture, per: "picture")
        add(Dimension.audioTime.name, units.audioSecond, per: "second")
        add(
            Dimension.characters.name, units.characters.map { NanoUSD(nanos: $0.nanoUSDPerMillionTokens) },
            per: "million characters")
        add(Dimension.webSearch.name, units.webSearch, per: "call")
        add(Dimension.fileSearch.name, units.fileSearch, per: "call")
        add(Dimension.codeInterpreter.name, units.codeInterpreter, per: "session")
        return rows
    }

    private var tierLines: [String] {
        tiers.map { tier in
            let subject =
                tierScope == .request
                ? "Above \(tier.above) input tokens, the whole request has these rates:"
                : "Input above \(tier.above) tokens, and the output of such a request, has these rates:"
            return "\n" + subject + "\n" + tier.rates.priceTable
        }
    }

    private var serviceLines: [String] {
        var lines = [""]
        func add(_ name: String, _ terms: ServicePrice.Terms?) {
            switch terms {
            case .factor(let factor): lines.append("\(name): token prices x \(factor.decimal).")
            case .rates(let schedule):
                lines.append("\(name) has rates of its own:\n" + schedule.rates.priceTable)
                for tier in schedule.tiers {
                    lines.append("Above \(tier.above) input tokens:\n" + tier.rates.priceTable)
                }
            case nil:
                lines.append(
                    "\(name): no price. Requests that ask for it are refused; if it is served all the same, the usual prices "
                        + "hold and the row is flagged.")
            }
        }
        for tier in [ServiceTerms.Tier.flex, .priority, .batch] {
            add("Service tier \(tier)", services.first { $0.service == .tier(tier) }?.terms)
        }
        add("Fast speed", services.first { $0.service == .fast }?.terms)
        if residency != .one { lines.append("Kept in a region: token prices x \(residency.decimal).") }
        return lines
    }

    private var boundLines: [String] {
        var lines = [
            "", "Holds:",
            "A request has at most \(contextTokens) tokens, \(maxOutputTokens) of them output; an image counts for at most "
                + "\(imageTokens).",
            "A request that names no service tier may be served as \(defaultTier).",
        ]
        for kind in HostedTool.Kind.allCases {
            let bound = toolBounds[kind]
            lines.append(
                "Hosted tool \(kind.cardName): uses without a limit of the request: \(bound.uses); each adds at most "
                    + "\(bound.tokens) input tokens.")
        }
        if let reasoning {
            lines.append("Reasoning is counted \(reasoning == .within ? "within" : "beside") the output tokens.")
        }
        return lines
    }
}

extension TokenRates {
    fileprivate var priceTable: String { Table(priceRows, columns: ["charged", "price", "per"]).text }

    fileprivate var priceRows: [[String: Any]] {
        Dimension.allCases.compactMap { dimension in
            self[dimension].map { rate in
                [
                    "charged": dimension.name, "price": NanoUSD(nanos: rate.nanoUSDPerMillionTokens).decimal,
                    "per": "million tokens",
                ]
            }
        }
    }
}
