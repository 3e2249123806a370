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

/// A value of a model's field.
private enum LiteLLMValue: Decodable {
    case number(Decimal)
    case text(String)
    case other

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Decimal.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else {
            self = .other
        }
    }

    var text: String? { if case .text(let text) = self { text } else { nil } }
    var number: Decimal? { if case .number(let number) = self { number } else { nil } }
}

/// One model of the list. Records which of its prices were read.
private struct LiteLLMModel {
    struct Reason: Error {
        var text: String
    }

    /// The modes of models that the gateway can serve.
    private static let served: Set<String> = [
        "chat", "completion", "responses", "embedding", "moderation", "image_generation",
    ]
    /// Context window of image models, for which the list has none; no image model has a larger one.
    private static let imageContext: Int64 = 65_536
    private static let tokenPrices = [
        ("input", "input_cost_per_token"), ("output", "output_cost_per_token"),
        ("cache_read", "cache_read_input_token_cost"), ("cache_write_5m", "cache_creation_input_token_cost"),
        ("cache_write_1h", "cache_creation_input_token_cost_above_1hr"),
    ]

    private let fields: [String: LiteLLMValue]
    private var used: Set<String> = []

    init(_ fields: [String: LiteLLMValue]) { self.fields = fields }

    /// Names of nonzero price fields that were not read.
    var unused: [String] {
        fields.filter { $0.key.contains("cost") && !used.contains($0.key) && ($0.value.number ?? 0) != 0 }.map(\.key)
    }

    /// Returns the model's line of the rate card.
    mutating func line(named name: String) -> Result<String, Reason> {
        guard let mode = fields["mode"]?.text, Self.served.contains(mode) else {
            return .failure(Reason(text: "mode is not served: \(fields["mode"]?.text ?? "none")"))
        }
        let perImage = mode == "image_generation" ? amount("output_cost_per_image", times: 1) : nil
        var rates = tokenRates(suffix: "")
        if mode == "image_generation", rates["output"] == nil {
            rates["output"] = amount("output_cost_per_image_token", times: 1_000_000)
        }
        if perImage != nil || mode == "moderation" || mode == "embedding" {
            rates = ["input": rates["input"] ?? .zero, "output": rates["output"] ?? .zero].merging(rates) { $1 }
        }
        guard rates["input"] != nil, rates["output"] != nil else {
            return .failure(Reason(text: "no price per token or per image"))
        }
        let output = count("max_output_tokens") ?? count("max_tokens")
        let input = count("max_input_tokens") ?? count("max_tokens")
        var limits: (context: Int64, output: Int64)?
        if let input {
            // The list has the maximum input; the context of a rate card is input and output together.
            let written = mode == "embedding" || mode == "moderation" ? 0 : output ?? input
            limits = (input + written, written)
        } else if mode == "image_generation" {
            limits = (Self.imageContext, Self.imageContext)
        }
        guard let limits else { return .failure(Reason(text: "no token limits")) }
        var members = Self.members(rates)
        if let perImage { members.append("per_image: \(perImage.decimal)") }
        if let perRequest = amount("input_cost_per_request", times: 1) {
            members.append("per_request: \(perRequest.decimal)")
        }
        let tiers = self.tiers(base: rates)
        if !tiers.isEmpty { members.append("tiers: [\(tiers.joined(separator: ", "))]") }
        members += ["context: \(limits.context)", "max_output: \(limits.output)"]
        let quoted = name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return .success("  \"\(quoted)\": { \(members.joined(separator: ", ")) }")
    }

    private mutating func tokenRates(suffix: String) -> [String: NanoUSD] {
        var rates: [String: NanoUSD] = [:]
        for (field, name) in Self.tokenPrices { rates[field] = amount(name + suffix, times: 1_000_000) }
        if suffix.isEmpty, let reasoning = amount("output_cost_per_reasoning_token", times: 1_000_000) {
            // Rate cards bill reasoning as output, so output gets the higher of the two prices.
            rates["output"] = max(reasoning, rates["output"] ?? .zero)
        }
        return rates
    }

    /// Returns the tiers; rates that a tier does not have are those of the base.
    private mutating func tiers(base: [String: NanoUSD]) -> [String] {
        let thresholds = Set(
            fields.keys.compactMap { key -> Int64? in
                guard let match = key.wholeMatch(of: /input_cost_per_token_above_(\d+)k_tokens/) else { return nil }
                return Int64(match.1)
            })
        return thresholds.sorted().map { thousands in
            let rates = base.merging(tokenRates(suffix: "_above_\(thousands)k_tokens")) { $1 }
            return "{ " + (["above: \(thousands * 1000)"] + Self.members(rates)).joined(separator: ", ") + " }"
        }
    }

    private static func members(_ rates: [String: NanoUSD]) -> [String] {
        tokenPrices.compactMap { field, _ in rates[field].map { "\(field): \($0.decimal)" } }
    }

    /// Returns the price of `units` units in USD, rounded up to a whole nano-USD; nil if the field is missing or invalid.
    private mutating func amount(_ field: String, times units: Decimal) -> NanoUSD? {
        guard let number = fields[field]?.number, number >= 0, number * units <= 1_000_000 else { return nil }
        used.insert(field)
        var exact = number * units * Decimal(NanoUSD.nanosPerDollar)
        var rounded = Decimal()
        NSDecimalRound(&rounded, &exact, 0, .up)
        return NanoUSD(nanos: NSDecimalNumber(decimal: rounded).int64Value)
    }

    private func count(_ field: String) -> Int64? {
        guard let number = fields[field]?.number, number > 0, number <= 500_000_000 else { return nil }
        return NSDecimalNumber(decimal: number).int64Value
    }
}
