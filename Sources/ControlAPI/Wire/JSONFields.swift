import Accounts
import Foundation
import Metering
import Money
import Timekeeping

/// Reads the fields of a JSON object in a request body strictly: each field has a name and a type, and unknown fields are
/// errors.
struct JSONFields {
    private struct Name: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    private struct Object: Decodable {
        var container: KeyedDecodingContainer<Name>
        init(from decoder: any Decoder) throws { container = try decoder.container(keyedBy: Name.self) }
    }

    /// The maximum of a budget or deposit: 10,000,000 USD.
    static let maximumAmount = NanoUSD(dollars: 10_000_000)

    private let container: KeyedDecodingContainer<Name>
    /// The path of the object in the body, with a dot at the end; empty for the body itself.
    private let path: String
    private var unread: Set<String>

    init(_ body: Data) throws(ControlError) {
        // The decoder takes a text with zero bytes for UTF-16 or UTF-32.
        if let offset = UTF8Validation.firstInvalidByte(body.span) ?? body.firstIndex(of: 0) {
            throw ControlError(.invalidBody, "Invalid request body: not valid UTF-8 (at byte \(offset))")
        }
        do {
            self.init(try JSONDecoder().decode(Object.self, from: body), path: "")
        } catch {
            throw ControlError(.invalidBody, "Invalid request body: expected a JSON object")
        }
    }

    private init(_ object: Object, path: String) {
        container = object.container
        self.path = path
        unread = Set(container.allKeys.map(\.stringValue))
    }

    /// Returns the value that `read` returns, an inner nil if the field is null, or nil if the field is missing.
    mutating func nullable<Value>(
        _ field: String, _ read: (inout JSONFields, String) throws(ControlError) -> Value?
    ) throws(ControlError) -> Value?? {
        if unread.contains(field), (try? container.decodeNil(forKey: Name(stringValue: field))) == true {
            _ = take(field)
            return .some(nil)
        }
        return try read(&self, field).map { .some($0) }
    }

    /// Returns a Boolean, or nil if the field is missing.
    mutating func flag(_ field: String) throws(ControlError) -> Bool? {
        guard take(field) else { return nil }
        guard let flag = try? container.decode(Bool.self, forKey: Name(stringValue: field)) else {
            throw invalid(field, "true or false")
        }
        return flag
    }

    /// Returns a time in the future, or nil if the field is missing.
    mutating func moment(_ field: String, after now: Timestamp) throws(ControlError) -> Timestamp? {
        guard take(field) else { return nil }
        let text = try? container.decode(String.self, forKey: Name(stringValue: field))
        guard let moment = text.flatMap({ Timestamp(rfc3339: $0) }), moment > now else {
            throw invalid(field, "a moment in the future, like 2027-01-01T00:00:00Z")
        }
        return moment
    }

    /// Returns a list of values that are written as strings, or nil if the field is missing.
    mutating func list<Value>(
        _ field: String, maximum: Int, of accepted: String, _ read: (String) -> Value?
    ) throws(ControlError) -> [Value]? {
        guard take(field) else { return nil }
        let texts = try? container.decode([String].self, forKey: Name(stringValue: field))
        let values = texts?.compactMap(read)
        guard let texts, let values, values.count == texts.count, values.count <= maximum else {
            throw invalid(field, "a list of at most \(maximum) \(accepted)")
        }
        return values
    }

    /// Returns the fields of an object, or nil if the field is missing.
    mutating func object(_ field: String) throws(ControlError) -> JSONFields? {
        guard take(field) else { return nil }
        guard let object = try? container.decode(Object.self, forKey: Name(stringValue: field)) else {
            throw invalid(field, "an object")
        }
        return JSONFields(object, path: "\(path)\(field).")
    }

    /// Returns a string, or nil if the field is missing.
    ///
    /// - Parameter maximum: Maximum number of Unicode code points: one visible character may have any number of them.
    mutating func text(_ field: String, maximum: Int, ofLines: Bool = false) throws(ControlError) -> String? {
        guard take(field) else { return nil }
        let text = try? container.decode(String.self, forKey: Name(stringValue: field))
        guard let text, text.unicodeScalars.count <= maximum,
            !text.unicodeScalars.contains(where: { letter in
                (letter.value < 0x20 || letter.value == 0x7F) && !(ofLines && "\n\t\r".unicodeScalars.contains(letter))
            })
        else { throw invalid(field, "a string of at most \(maximum) characters without control characters") }
        return text
    }

    /// Returns a whole number, or nil if the field is missing.
    mutating func integer(_ field: String, in range: ClosedRange<Int>) throws(ControlError) -> Int? {
        guard take(field) else { return nil }
        guard let number = try? container.decode(Int.self, forKey: Name(stringValue: field)), range.contains(number)
        else { throw invalid(field, "a whole number from \(range.lowerBound) to \(range.upperBound)") }
        return number
    }

    /// Returns an amount of zero or more, or nil if the field is missing.
    mutating func limit(_ field: String) throws(ControlError) -> NanoUSD? {
        try decimal(field, accepted: "an amount in USD from 0 to 10000000, with at most 9 decimals") {
            $0 >= .zero && $0 <= Self.maximumAmount
        }
    }

    /// Returns an amount greater than zero, or nil if the field is missing.
    mutating func amount(_ field: String) throws(ControlError) -> NanoUSD? {
        try decimal(field, accepted: "an amount in USD greater than 0, at most 10000000, with at most 9 decimals") {
            $0 > .zero && $0 <= Self.maximumAmount
        }
    }

    /// Returns a display multiplier, or nil if the field is missing.
    mutating func multiplier(_ field: String) throws(ControlError) -> DisplayMultiplier? {
        let accepted = "a number from 1 to \(DisplayMultiplier.maximum), with at most 9 decimals"
        guard let number = try decimal(field, accepted: accepted, where: { _ in true }) else { return nil }
        guard let multiplier = DisplayMultiplier(shown: number, real: NanoUSD(dollars: 1)) else {
            throw invalid(field, accepted)
        }
        return multiplier
    }

    /// Returns one of the given values by its name, or nil if the field is missing.
    mutating func choice<Value>(_ field: String, of values: [(name: String, value: Value)]) throws(ControlError)
        -> Value?
    {
        guard take(field) else { return nil }
        let text = try? container.decode(String.self, forKey: Name(stringValue: field))
        guard let value = values.first(where: { $0.name == text })?.value else {
            throw invalid(field, "one of \(values.map(\.name).joined(separator: ", "))")
        }
        return value
    }

    /// Returns a shortage policy, or nil if the field is missing.
    mutating func shortage(_ field: String) throws(ControlError) -> ShortagePolicy? {
        try choice(field, of: ShortagePolicy.allCases.map { ($0.name, $0) })
    }

    /// Returns a markup, or nil if the field is missing.
    mutating func markup(_ field: String) throws(ControlError) -> Markup? {
        let accepted = "a number from 0 to \(Markup.maximum), with at most 6 decimals"
        guard let number = try decimal(field, accepted: accepted, where: { _ in true }) else { return nil }
        guard let markup = Markup(factor: number) else { throw invalid(field, accepted) }
        return markup
    }

    /// Whether all fields have been read.
    var isEmpty: Bool { unread.isEmpty }

    /// Refuses fields that were not read: a misspelled field must not be ignored.
    func finish() throws(ControlError) {
        guard let unknown = unread.min() else { return }
        throw ControlError(.unknownField, "Unknown field '\(path)\(unknown)'", field: path + unknown)
    }

    private mutating func decimal(
        _ field: String, accepted: String, where isAccepted: (NanoUSD) -> Bool
    ) throws(ControlError) -> NanoUSD? {
        guard take(field) else { return nil }
        // Amounts are parsed from their decimal digits, never as a binary fraction.
        guard let decimal = try? container.decode(Decimal.self, forKey: Name(stringValue: field)),
            let amount = NanoUSD(decimal: decimal.description), isAccepted(amount)
        else { throw invalid(field, accepted) }
        return amount
    }

    /// The error of a field whose value is not accepted.
    private func invalid(_ field: String, _ accepted: String) -> ControlError { .invalid(path + field, accepted) }

    private mutating func take(_ field: String) -> Bool {
        unread.remove(field) != nil
    }
}
