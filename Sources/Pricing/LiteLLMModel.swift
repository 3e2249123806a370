import Foundation
import Money

/// A value of a model's field.
enum LiteLLMValue: Decodable {
    case number(Decimal)
    case text(String)
    case numbers([String: Decimal])
    case other

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Decimal.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let numbers = try? container.decode([String: Decimal].self) {
            self = .numbers(numbers)
        } else {
            self = .other
        }
    }

    var text: String? { if case .text(let text) = self { text } else { nil } }
    var number: Decimal? { if case .number(let number) = self { number } else { nil } }
    var numbers: [String: Decimal] { if case .numbers(let numbers) = self { numbers } else { [:] } }
}

/// One model of LiteLLM's list. Records which of its prices were read.
struct LiteLLMModel {
    struct Reason: Error {
        var text: String
    }

    /// The modes of models that the gateway can serve, and whether their prices may be other than of tokens.
    private static let served: [String: Bool] = [
        "chat": false, "completion": false, "responses": false, "embedding": true, "moderation": true,
        "image_generation": true, "image_edit": true, "audio_transcription": true, "audio_speech": true,
    ]
    /// Context window of models for which the list has none; no model of pictures or audio has a larger one.
    private static let smallContext: Int64 = 65_536
    private static let tokenPrices = [
        ("input", "input_cost_per_token"), ("output", "output_cost_per_token"),
        ("cache_read", "cache_read_input_token_cost"), ("cache_write_5m", "cache_creation_input_token_cost"),
        ("cache_write_1h", "cache_creation_input_token_cost_above_1hr"),
        ("input_audio", "input_cost_per_audio_token"), ("output_audio", "output_cost_per_audio_token"),
        ("input_image", "input_cost_per_image_token"), ("output_image", "output_cost_per_image_token"),
    ]
    /// Prices of units, with the number of units of the list's price in the rate card's.
    private static let unitPrices: [(field: String, names: [String], units: Decimal)] = [
        ("per_image", ["output_cost_per_image"], 1), ("per_request", ["input_cost_per_request"], 1),
        ("audio_time", ["input_cost_per_second", "output_cost_per_second"], 1),
        ("characters", ["input_cost_per_character"], 1_000_000),
        ("file_search", ["file_search_cost_per_1k_calls"], Decimal(sign: .plus, exponent: -3, significand: 1)),
        ("code_interpreter", ["code_interpreter_cost_per_session"], 1),
    ]

    private let fields: [String: LiteLLMValue]
    private var used: Set<String> = []

    init(_ fields: [String: LiteLLMValue]) { self.fields = fields }

    /// Names of nonzero price fields that were not read.
    var unused: [String] {
        fields.filter { $0.key.contains("cost") && !used.contains($0.key) && isPrice($0.value) }.map(\.key)
    }

    private func isPrice(_ value: LiteLLMValue) -> Bool {
        (value.number ?? 0) != 0 || value.numbers.contains { $0.value != 0 }
    }

    /// Returns the model's line of the rate card.
    mutating func line(named name: String) -> Result<String, Reason> {
        guard let mode = fields["mode"]?.text, let isPricedOtherwise = Self.served[mode] else {
            return .failure(Reason(text: "mode is not served: \(fields["mode"]?.text ?? "none")"))
        }
        var rates = tokenRates(suffix: "")
        let units = self.units()
        if rates["output"] == nil, mode == "image_generation" || mode == "image_edit" {
            rates["output"] = rates["output_image"]
        }
        if !units.isEmpty || mode == "moderation" || mode == "embedding", isPricedOtherwise {
            rates = ["input": rates["input"] ?? .zero, "output": rates["output"] ?? .zero].merging(rates) { $1 }
        }
        guard rates["input"] != nil, rates["output"] != nil else {
            return .failure(Reason(text: "no price of tokens, pictures, seconds or characters"))
        }
        let output = count("max_output_tokens") ?? count("max_tokens")
        var limits: (context: Int64, output: Int64)?
        if let input = count("max_input_tokens") ?? count("max_tokens") {
            // The list has the maximum input; the context of a rate card is input and output together.
            let written = mode == "embedding" || mode == "moderation" ? 0 : output ?? input
            limits = (input + written, written)
        } else if isPricedOtherwise, mode != "embedding", mode != "moderation" {
            limits = (Self.smallContext, Self.smallContext)
        }
        guard let limits else { return .failure(Reason(text: "no token limits")) }
        var members = Self.members(rates) + units
        if let search = webSearch() { members.append("web_search: \(search.decimal)") }
        let tiers = tiers(base: rates, suffix: "")
        if !tiers.isEmpty { members.append("tiers: [\(tiers.joined(separator: ", "))]") }
        members += services()
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

    private mutating func units() -> [String] {
        var members: [String] = []
        for (field, names, units) in Self.unitPrices {
            var highest: NanoUSD?
            for name in names {
                if let price = amount(name, times: units) { highest = max(price, highest ?? .zero) }
            }
            if let highest { members.append("\(field): \(highest.decimal)") }
        }
        return members
    }

    /// Returns the price of a search: the highest of those by the size of its context.
    private mutating func webSearch() -> NanoUSD? {
        let field = "search_context_cost_per_query"
        guard let price = fields[field]?.numbers.values.max(), price >= 0 else { return nil }
        used.insert(field)
        return Self.nanos(price)
    }

    /// Returns the tiers; rates that a tier does not have are those of the base.
    private mutating func tiers(base: [String: NanoUSD], suffix: String) -> [String] {
        let thresholds = Set(
            fields.keys.compactMap { key -> Int64? in
                guard key.hasSuffix("k_tokens" + suffix),
                    let match = key.dropLast(suffix.count).wholeMatch(of: /input_cost_per_token_above_(\d+)k_tokens/)
                else { return nil }
                return Int64(match.1)
            })
        return thresholds.sorted().map { thousands in
            let rates = base.merging(tokenRates(suffix: "_above_\(thousands)k_tokens" + suffix)) { $1 }
            return "{ " + (["above: \(thousands * 1000)"] + Self.members(rates)).joined(separator: ", ") + " }"
        }
    }

    /// Returns the service tiers with rates of their own, and the factors of region and speed.
    private mutating func services() -> [String] {
        var tiers: [String] = []
        for (tier, suffix) in [("flex", "_flex"), ("priority", "_priority"), ("batch", "_batches")] {
            let rates = tokenRates(suffix: suffix)
            guard rates["input"] != nil, rates["output"] != nil else { continue }
            var members = Self.members(rates)
            let long = self.tiers(base: rates, suffix: suffix)
            if !long.isEmpty { members.append("tiers: [\(long.joined(separator: ", "))]") }
            tiers.append("\(tier): { \(members.joined(separator: ", ")) }")
        }
        var services = tiers.isEmpty ? [] : ["service_tiers: { \(tiers.joined(separator: ", ")) }"]
        let factors = fields["provider_specific_entry"]?.numbers ?? [:]
        if let region = factors["us"] { services.append("residency: \(region)") }
        if let fast = factors["fast"] { services.append("fast: \(fast)") }
        return services
    }

    private static func members(_ rates: [String: NanoUSD]) -> [String] {
        tokenPrices.compactMap { field, _ in rates[field].map { "\(field): \($0.decimal)" } }
    }

    /// Returns the price of `units` units in USD, rounded up to a whole nano-USD; nil if the field is missing or invalid.
    private mutating func amount(_ field: String, times units: Decimal) -> NanoUSD? {
        guard let number = fields[field]?.number, number >= 0, number * units <= 1_000_000 else { return nil }
        used.insert(field)
        return Self.nanos(number * units)
    }

    private static func nanos(_ dollars: Decimal) -> NanoUSD {
        var exact = dollars * Decimal(NanoUSD.nanosPerDollar)
        var rounded = Decimal()
        NSDecimalRound(&rounded, &exact, 0, .up)
        return NanoUSD(nanos: NSDecimalNumber(decimal: rounded).int64Value)
    }

    private func count(_ field: String) -> Int64? {
        guard let number = fields[field]?.number, number > 0, number <= 500_000_000 else { return nil }
        return NSDecimalNumber(decimal: number).int64Value
    }
}
