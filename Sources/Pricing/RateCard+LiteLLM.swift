import Foundation
import Money

/// What was made of a price list in the format of LiteLLM's `model_prices_and_context_window.json`.
public struct RateCardImport: Sendable {
    /// The rate card, as a file that the gateway reads.
    public var yaml: String
    /// How many models it has.
    public var taken: Int
    /// How many models were left out, by the reason.
    public var skipped: [String: Int]
    /// Prices of models that were taken that have no place in a rate card, and how many models have them.
    public var ignoredPrices: [String: Int]

    /// Reads a price list.
    ///
    /// - Parameters:
    ///   - json: The list: a map of model names to their prices in USD per token.
    ///   - providers: Takes only models of these (`litellm_provider`); all if empty.
    ///   - prefix: Is taken off names that begin with it, such as `gemini/`.
    /// - Throws: ``RateCardError`` if it is not such a list.
    public init(liteLLM json: Data, providers: Set<String> = [], strippingPrefix prefix: String = "")
        throws(RateCardError)
    {
        let list: [String: [String: LiteLLMValue]]
        do {
            list = try JSONDecoder().decode([String: [String: LiteLLMValue]].self, from: json)
        } catch {
            throw RateCardError(description: "not a list of models and their prices: \(error)")
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
                if lines.updateValue(line, forKey: own) != nil { skipped["name is there twice", default: 0] += 1 }
                for field in model.unused { ignoredPrices[field, default: 0] += 1 }
            case .failure(let reason): skipped[reason.text, default: 0] += 1
            }
        }
        taken = lines.count
        yaml = (["models:"] + lines.sorted { $0.key < $1.key }.map(\.value)).joined(separator: "\n") + "\n"
    }
}

/// A number, a text, or anything else.
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

/// One model of the list. Remembers which of its prices were read.
private struct LiteLLMModel {
    struct Reason: Error {
        var text: String
    }

    /// What the gateway serves; models of other modes could not be asked for.
    private static let served: Set<String> = [
        "chat", "completion", "responses", "embedding", "moderation", "image_generation",
    ]
    /// No model of images has a larger context; the list names none.
    private static let imageContext: Int64 = 65_536
    private static let tokenPrices = [
        ("input", "input_cost_per_token"), ("output", "output_cost_per_token"),
        ("cache_read", "cache_read_input_token_cost"), ("cache_write_5m", "cache_creation_input_token_cost"),
        ("cache_write_1h", "cache_creation_input_token_cost_above_1hr"),
    ]

    private let fields: [String: LiteLLMValue]
    private var used: Set<String> = []

    init(_ fields: [String: LiteLLMValue]) { self.fields = fields }

    /// Prices that were not read.
    var unused: [String] {
        fields.filter { $0.key.contains("cost") && !used.contains($0.key) && ($0.value.number ?? 0) != 0 }.map(\.key)
    }

    /// Returns the model's line of a rate card.
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
            // The list names the longest input; the context of a rate card is input and output together.
            let written = mode == "embedding" || mode == "moderation" ? 0 : output ?? input
            limits = (input + written, written)
        } else if mode == "image_generation" {
            limits = (Self.imageContext, Self.imageContext)
        }
        guard let limits else { return .failure(Reason(text: "no limits of tokens")) }
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
            // Reasoning is output here: neither may be sold below its price.
            rates["output"] = max(reasoning, rates["output"] ?? .zero)
        }
        return rates
    }

    /// A tier takes from the base what it does not name.
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

    /// Returns a price in USD for so many units, rounded up to the nano-dollar; nil if there is none.
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
