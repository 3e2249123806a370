import Money

/// A JSON value to be written: members keep their order, amounts stay exact.
enum JSON: Sendable {
    case object([(String, JSON)])
    case array([JSON])
    case string(String)
    /// A number, by its digits.
    case number(String)
    case bool(Bool)
    case null

    static func integer(_ value: some BinaryInteger) -> JSON { .number(String(value)) }

    /// An amount as a number: `12.5`.
    static func amount(_ value: NanoUSD) -> JSON { .number(value.decimal) }

    /// An amount as a string of four decimals: `"12.5000"`.
    static func fourDecimals(_ value: NanoUSD) -> JSON { .string(value.fourDecimals) }

    /// The text of the value.
    var text: String {
        var text = ""
        write(to: &text)
        return text
    }

    private func write(to text: inout String) {
        switch self {
        case .object(let members):
            text += "{"
            for (index, member) in members.enumerated() {
                if index > 0 { text += "," }
                Self.quote(member.0, to: &text)
                text += ":"
                member.1.write(to: &text)
            }
            text += "}"
        case .array(let elements):
            text += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { text += "," }
                element.write(to: &text)
            }
            text += "]"
        case .string(let string): Self.quote(string, to: &text)
        case .number(let digits): text += digits
        case .bool(let value): text += value ? "true" : "false"
        case .null: text += "null"
        }
    }

    private static func quote(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
