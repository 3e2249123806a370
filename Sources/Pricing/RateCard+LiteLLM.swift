import Foundation
import Money

/// A rate card converted from a price list in the format of LiteLLM's `model_prices_and_context_window.json`.
public struct RateCardImport: Sendable {
    /// The rate card as YAML text.
    public var yaml: String
    /// Number of models in the rate card.
    public var imported: Int
    /// Number of models that were left out, by reason.
    public var skipped: [String: Int]
    /// Price fields of imported models that rate cards do not support, and the number of models that have them.
    public var ignoredPrices: [String: Int]

    /// Converts a price list.
    ///
    /// - Parameters:
    ///   - json: A map of model names to their fields, with prices in USD per token.
    ///   - providers: Imports only models with one of these values of `litellm_provider`; all if empty.
    ///   - prefix: Prefix to remove from model names, such as `gemini/`.
    /// - Throws: ``RateCardError`` if the JSON has another shape.
    public init(liteLLM json: Data, providers: Set<String> = [], strippingPrefix prefix: String = "")
        throws(RateCardError)
    {
        let list: [String: [String: LiteLLMValue]]
        do {
            list = try JSONDecoder().decode([String: [String: LiteLLMValue]].self, from: json)
        } catch {
            throw RateCardError(description: "not a map of model names to prices: \(error)")
        }
        skipped = [:]
        ignoredPrices = [:]
        var lines: [String: String] = [:]
        for (name, fields) in list.sorted(by: { $0.key < $1.key }) {
            if !providers.isEmpty, !providers.contains(fields["litellm_provider"]?.text ?? "") {
                skipped["another provider", default: 0] += 1
                continue
            }
            let own = !prefix.isEmpty && name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
            var model = LiteLLMModel(fields)
            switch model.line(named: own) {
            case .success(let line):
                if lines.updateValue(line, forKey: own) != nil { skipped["duplicated name", default: 0] += 1 }
                for field in model.unused { ignoredPrices[field, default: 0] += 1 }
            case .failure(let reason): skipped[reason.text, default: 0] += 1
            }
        }
        imported = lines.count
        yaml = (["models:"] + lines.sorted { $0.key < $1.key }.map(\.value)).joined(separator: "\n") + "\n"
    }
}
