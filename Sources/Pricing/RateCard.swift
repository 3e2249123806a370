import Money

/// The prices of models. Requests for other models are refused.
public struct RateCard: Sendable {
    /// A hash of the prices, greater than zero. Each ledger row records the version it was charged by.
    public let version: Int64
    /// The YAML text of the rate card.
    public let text: String
    /// The price of each entry, in the order of the file.
    public let models: [ModelPrice]

    private let exact: [String: ModelPrice]
    /// Prefixes without the `*`, longest first.
    private let patterns: [(prefix: String, price: ModelPrice)]

    init(entries: [RateCardEntry], text: String) {
        self.text = text
        var exact: [String: ModelPrice] = [:]
        var patterns: [(prefix: String, price: ModelPrice)] = []
        var version = StableHash()
        for entry in entries {
            for name in [entry.price.model] + entry.aliases {
                if name.hasSuffix("*") {
                    patterns.append((String(name.dropLast()), entry.price))
                } else {
                    exact[name] = entry.price
                }
                version.add(name, entry.price)
            }
        }
        self.exact = exact
        self.patterns = patterns.sorted { $0.prefix.utf8.count > $1.prefix.utf8.count }
        models = entries.map(\.price)
        self.version = version.value
    }

    /// Returns the price of a model: the entry with its exact name, else the one with the longest matching pattern; nil if
    /// there is none.
    ///
    /// The `model` of the result is the requested name.
    public func price(for model: String) -> ModelPrice? {
        guard var price = exact[model] ?? patterns.first(where: { model.hasPrefix($0.prefix) })?.price else {
            return nil
        }
        price.model = model
        return price
    }
}

/// An entry of a rate card: a price and the aliases of its model.
struct RateCardEntry {
    var price: ModelPrice
    var aliases: [String]
}
