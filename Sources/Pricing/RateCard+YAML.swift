import Yams

/// An invalid rate card.
public struct RateCardError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One line with the file, the line, the model, the field and the accepted form.
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
        } catch let error as YamlError {
            throw RateCardError(description: "\(source)\(error.place): not valid YAML: \(error)")
        } catch {
            throw RateCardError(description: "\(source): not valid YAML: \(error)")
        }
        guard let root, let models = root.mapping?["models"]?.mapping else {
            throw RateCardError(description: "\(source): expected the key 'models' with a map of model names")
        }
        var card = try RateCardFields(source: source, owner: "the card", root)
        _ = card.take("models")
        var defaults = RateCardDefaults()
        if var fields = try card.map("defaults", of: "fields that hold for all models") {
            try defaults.readTierFactors(&fields)
            try defaults.read(&fields)
            try fields.finish()
        }
        try card.finish()
        var entries: [RateCardEntry] = []
        var names = Set<String>()
        for (key, value) in models {
            let model = key.scalar?.string ?? ""
            guard !model.isEmpty else { throw card.error("a model has no name", at: key) }
            var fields = try RateCardFields(source: source, owner: "model '\(model)'", value)
            let price = try fields.price(model: model, defaults: defaults)
            let aliases = try fields.names("aliases")
            try fields.finish()
            for name in [model] + aliases {
                guard names.insert(name).inserted else { throw fields.error("name '\(name)' is duplicated", at: key) }
            }
            entries.append(RateCardEntry(price: price, aliases: aliases))
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

extension YamlError {
    /// The line of the error, after a colon; empty if it has none.
    fileprivate var place: String {
        switch self {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): ":\(mark.line)"
        default: ""
        }
    }
}
