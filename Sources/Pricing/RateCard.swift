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

/// An FNV-1a hash, which is the same in every process, unlike `Hasher`.
private struct StableHash {
    private var state: UInt64 = 0xCBF2_9CE4_8422_2325

    /// The hash without its sign bit; never zero.
    var value: Int64 { max(1, Int64(state & 0x7FFF_FFFF_FFFF_FFFF)) }

    mutating func add(_ name: String, _ price: ModelPrice) {
        for byte in name.utf8 { add(byte) }
        add(0)
        var numbers = [
            price.perRequest.nanos, price.perImage.nanos, price.contextTokens, price.maxOutputTokens, price.imageTokens,
        ]
        for (above, rates) in [(Int64(-1), price.rates)] + price.tiers.map({ ($0.above, $0.rates) }) {
            numbers += [above]
            numbers += [rates.input, rates.output, rates.cacheRead, rates.cacheWrite5m, rates.cacheWrite1h]
                .map(\.nanoUSDPerMillionTokens)
        }
        for number in numbers {
            for shift in stride(from: 0, to: 64, by: 8) { add(UInt8(truncatingIfNeeded: number >> Int64(shift))) }
        }
    }

    private mutating func add(_ byte: UInt8) {
        state = (state ^ UInt64(byte)) &* 0x100_0000_01B3
    }
}
