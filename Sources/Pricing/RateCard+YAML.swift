import Money
import Yams

/// An invalid rate card.
public struct RateCardError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One line with the file, the model, the field and the accepted form.
    public var description: String
}

extension RateCard {
    /// Reads a rate card from YAML (or JSON, which is YAML).
    ///
    /// - Parameter source: Name of the text in error messages, usually its path.
    public init(yaml text: String, source: String) throws(RateCardError) {
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw RateCardError(description: "\(source): not valid YAML: \(error)")
        }
        guard let mapping = root?.mapping, mapping.count == 1, let models = mapping["models"]?.mapping else {
            throw RateCardError(description: "\(source): expected one key, 'models', with a map of model names")
        }
        var entries: [RateCardEntry] = []
        var names = Set<String>()
        for (key, value) in models {
            var reader = try EntryReader(source: source, model: key.scalar?.string ?? "", fields: value)
            let entry = try reader.entry()
            for name in [entry.price.model] + entry.aliases {
                guard names.insert(name).inserted else { throw reader.error("name '\(name)' is duplicated") }
            }
            entries.append(entry)
        }
        self.init(entries: entries, text: text)
    }

    /// Returns the built-in rate card.
    public static func builtIn() throws(RateCardError) -> RateCard {
        try RateCard(
            yaml: String(decoding: PackageResources.default_rate_card_yaml, as: UTF8.self),
            source: "the built-in rate card")
    }
}

/// Reads the fields of one entry.
private struct EntryReader {
    private let source: String
    private let model: String
    private var fields: [String: Node] = [:]

    init(source: String, model: String, fields node: Node) throws(RateCardError) {
        self.source = source
        self.model = model
        guard !model.isEmpty else { throw RateCardError(description: "\(source): a model has no name") }
        guard let mapping = node.mapping else { throw error("expected a map of prices") }
        for (key, value) in mapping {
            let field = key.scalar?.string ?? ""
            guard fields.updateValue(value, forKey: field) == nil else {
                throw error("field '\(field)' is duplicated")
            }
        }
    }

    mutating func entry() throws(RateCardError) -> RateCardEntry {
        let rates = try tokenRates()
        guard let context = try count("context") else { throw error("field 'context' is missing") }
        let price = ModelPrice(
            model: model, rates: rates, tiers: try tiers(), perRequest: try amount("per_request") ?? .zero,
            perImage: try amount("per_image"), contextTokens: context,
            maxOutputTokens: try count("max_output") ?? context,
            imageTokens: try count("image_tokens") ?? ModelPrice.standardImageTokens)
        let aliases = try names("aliases")
        try finish()
        return RateCardEntry(price: price, aliases: aliases)
    }

    private mutating func tokenRates() throws(RateCardError) -> TokenRates {
        guard let input = try rate("input") else { throw error("field 'input' is missing") }
        guard let output = try rate("output") else { throw error("field 'output' is missing") }
        return TokenRates(
            input: input, output: output, cacheRead: try rate("cache_read"), cacheWrite5m: try rate("cache_write_5m"),
            cacheWrite1h: try rate("cache_write_1h"))
    }

    private mutating func tiers() throws(RateCardError) -> [PriceTier] {
        guard let node = fields.removeValue(forKey: "tiers") else { return [] }
        guard let list = node.sequence else { throw error("field 'tiers' must be a list of prices, each with 'above'") }
        var tiers: [PriceTier] = []
        for element in list {
            var reader = try EntryReader(source: source, model: model, fields: element)
            guard let above = try reader.count("above") else { throw error("field 'above' of a tier is missing") }
            guard !tiers.contains(where: { $0.above == above }) else { throw error("tiers have the same threshold") }
            tiers.append(PriceTier(above: above, rates: try reader.tokenRates()))
            try reader.finish()
        }
        return tiers
    }

    private func finish() throws(RateCardError) {
        if let unknown = fields.keys.min() { throw error("unknown field '\(unknown)'") }
    }

    func error(_ text: String) -> RateCardError {
        RateCardError(description: "\(source): model '\(model)': \(text)")
    }

    private mutating func rate(_ field: String) throws(RateCardError) -> Rate? {
        try amount(field).map { Rate(nanoUSDPerMillionTokens: $0.nanos) }
    }

    /// The largest accepted price, in USD per million tokens or per request. A larger one is most likely in another unit.
    private static let maximumPrice = NanoUSD(dollars: 1_000_000)

    private mutating func amount(_ field: String) throws(RateCardError) -> NanoUSD? {
        guard let node = fields.removeValue(forKey: field) else { return nil }
        guard let text = node.scalar?.string, let amount = NanoUSD(decimal: text), amount >= .zero,
            amount <= Self.maximumPrice
        else {
            throw error("field '\(field)' must be a decimal number of USD, 0 to 1000000, with at most nine decimals")
        }
        return amount
    }

    private mutating func count(_ field: String) throws(RateCardError) -> Int64? {
        guard let node = fields.removeValue(forKey: field) else { return nil }
        guard let count = node.scalar.flatMap({ Int64($0.string) }), (0...1_000_000_000).contains(count) else {
            throw error("field '\(field)' must be a whole number of tokens, at most 1000000000")
        }
        return count
    }

    private mutating func names(_ field: String) throws(RateCardError) -> [String] {
        guard let node = fields.removeValue(forKey: field) else { return [] }
        let names = node.sequence?.compactMap { $0.scalar?.string } ?? []
        guard let sequence = node.sequence, names.count == sequence.count, !names.contains("") else {
            throw error("field '\(field)' must be a list of names")
        }
        return names
    }
}
