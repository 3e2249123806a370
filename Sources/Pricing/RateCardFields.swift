import Metering
import Money
import Yams

/// The fields of one map of a rate card. A field that is read is removed; ``finish()`` refuses what is left.
struct RateCardFields {
    private let source: String
    /// Names the map in error messages, such as `model 'm'`.
    private let owner: String
    private let line: Int?
    private var fields: [String: Node] = [:]

    init(source: String, owner: String, _ node: Node) throws(RateCardError) {
        self.source = source
        self.owner = owner
        line = node.mark?.line
        guard let mapping = node.mapping else { throw error("expected a map") }
        for (key, value) in mapping {
            let field = key.scalar?.string ?? ""
            guard fields.updateValue(value, forKey: field) == nil else {
                throw error("field '\(field)' is duplicated", at: key)
            }
        }
    }

    /// Returns the error with the source and the line of a node.
    func error(_ text: String, at node: Node? = nil) -> RateCardError {
        let place = (node?.mark?.line ?? line).map { "\(source):\($0)" } ?? source
        return RateCardError(description: "\(place): \(owner): \(text)")
    }

    /// Throws an error if a field is left that was not read.
    func finish() throws(RateCardError) {
        if let unknown = fields.keys.min() { throw error("unknown field '\(unknown)'", at: fields[unknown]) }
    }

    func has(_ field: String) -> Bool { fields[field] != nil }

    mutating func take(_ field: String) -> Node? { fields.removeValue(forKey: field) }

    /// Returns the names of all fields that are left.
    var names: [String] { fields.keys.sorted() }

    // MARK: Forms

    /// The largest accepted price, in USD per million tokens or per unit. A larger one is most likely in another unit.
    private static let maximumPrice = NanoUSD(dollars: 1_000_000)

    mutating func amount(_ field: String) throws(RateCardError) -> NanoUSD? {
        guard let node = take(field) else { return nil }
        guard let text = node.scalar?.string, let amount = NanoUSD(decimal: text), amount >= .zero,
            amount <= Self.maximumPrice
        else {
            throw error(
                "field '\(field)' must be a decimal number of USD, 0 to 1000000, with at most nine decimals", at: node)
        }
        return amount
    }

    mutating func rate(_ field: String) throws(RateCardError) -> Rate? {
        try amount(field).map { Rate(nanoUSDPerMillionTokens: $0.nanos) }
    }

    mutating func count(_ field: String) throws(RateCardError) -> Int64? {
        guard let node = take(field) else { return nil }
        guard let count = node.scalar.flatMap({ Int64($0.string) }), (0...1_000_000_000).contains(count) else {
            throw error("field '\(field)' must be a whole number, 0 to 1000000000", at: node)
        }
        return count
    }

    mutating func factor(_ field: String) throws(RateCardError) -> Factor? {
        guard let node = take(field) else { return nil }
        guard let factor = node.scalar.flatMap({ Factor(decimal: $0.string) }) else {
            throw error(
                "field '\(field)' must be a factor, 0 to \(Factor.maximum), with at most four decimals", at: node)
        }
        return factor
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ field: String, _: Choice.Type
    ) throws(RateCardError) -> Choice? where Choice.RawValue == String {
        guard let node = take(field) else { return nil }
        guard let choice = node.scalar.flatMap({ Choice(rawValue: $0.string) }) else {
            let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw error("field '\(field)' must be one of \(names)", at: node)
        }
        return choice
    }

    mutating func names(_ field: String) throws(RateCardError) -> [String] {
        guard let node = take(field) else { return [] }
        let names = node.sequence?.compactMap { $0.scalar?.string } ?? []
        guard let sequence = node.sequence, names.count == sequence.count, !names.contains("") else {
            throw error("field '\(field)' must be a list of names", at: node)
        }
        return names
    }

    mutating func date(_ field: String) throws(RateCardError) -> String? {
        guard let node = take(field) else { return nil }
        guard let text = node.scalar?.string, text.wholeMatch(of: /\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])/) != nil
        else {
            throw error("field '\(field)' must be a date such as 2026-11-20", at: node)
        }
        return text
    }

    /// Returns the map in a field.
    mutating func map(_ field: String, of form: String) throws(RateCardError) -> RateCardFields? {
        guard let node = take(field) else { return nil }
        guard node.mapping != nil else { throw error("field '\(field)' must be a map of \(form)", at: node) }
        return try nested(node)
    }

    /// Returns the fields of a map inside this one.
    func nested(_ node: Node) throws(RateCardError) -> RateCardFields {
        try RateCardFields(source: source, owner: owner, node)
    }

    /// Returns the maps in a field that holds a list of them.
    mutating func list(_ field: String, of form: String) throws(RateCardError) -> [RateCardFields] {
        guard let node = take(field) else { return [] }
        guard let sequence = node.sequence else {
            throw error("field '\(field)' must be a list of \(form)", at: node)
        }
        var list: [RateCardFields] = []
        for element in sequence { list.append(try nested(element)) }
        return list
    }
}
