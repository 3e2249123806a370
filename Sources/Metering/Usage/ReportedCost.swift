/// What an upstream says that an answer costs.
struct ReportedCost: Hashable, Sendable {
    /// The upstream's own price, in nano-USD, rounded up.
    private var price: Int64?
    /// The price of the provider behind it, in nano-USD, rounded up.
    private var inference: Int64?
    /// The provider behind it charges the operator's account itself.
    private var isOwnKey = false

    /// The whole cost, in nano-USD, rounded up; nil if none was reported.
    var nanoUSD: Int64? {
        guard isOwnKey, let inference else { return price }
        return (price ?? 0).addingReportingOverflow(inference).overflow ? .max : (price ?? 0) + inference
    }

    /// Reads a member that names a price.
    mutating func read(_ bytes: Span<UInt8>, key: Int, value: Int) {
        func isKey(_ name: StaticString) -> Bool { JSONScanner.string(bytes, at: key, equals: name) }
        if isKey("cost") || isKey("total_cost") || isKey("estimated_cost") {
            Self.keep(DecimalUSD.nanos(bytes, at: Self.digits(bytes, value)), in: &price)
        } else if isKey("cost_in_usd_ticks") {
            // A tick is a tenth of a nano-USD.
            Self.keep(JSONScanner.integer(bytes, at: value).map { max(0, $0 / 10 + ($0 % 10 > 0 ? 1 : 0)) }, in: &price)
        } else if isKey("is_byok") {
            isOwnKey = isOwnKey || JSONScanner.isTrue(bytes, at: value)
        } else if isKey("cost_details"), JSONScanner.isObject(bytes, at: value) {
            readDetails(bytes, at: value)
        }
    }

    private mutating func readDetails(_ bytes: Span<UInt8>, at start: Int) {
        _ = try? JSONScanner.walkObject(bytes, start) { (key, value) throws(JSONFault) in
            if JSONScanner.string(bytes, at: key, equals: "upstream_inference_cost") {
                Self.keep(DecimalUSD.nanos(bytes, at: Self.digits(bytes, value)), in: &inference)
            }
            return try JSONScanner.skipValue(bytes, value, depth: 1)
        }
    }

    /// A zero never replaces an amount.
    private static func keep(_ amount: Int64?, in place: inout Int64?) {
        if let amount, amount > 0 || place == nil { place = amount }
    }

    /// Some upstreams write amounts as strings.
    private static func digits(_ bytes: Span<UInt8>, _ value: Int) -> Int {
        JSONScanner.isString(bytes, at: value) ? value + 1 : value
    }
}
