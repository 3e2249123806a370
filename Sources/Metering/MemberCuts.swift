/// Ranges of an answer that are to be removed.
typealias MemberCuts = [Range<Int>]

/// Removes members of one object together with the right comma, so that what is left is valid JSON.
struct ObjectCuts {
    private var keptEnd: Int?
    private var run: Range<Int>?

    /// The member whose key starts at `key`, and which ends at `end`, stays.
    mutating func keep(_ key: Int, _ end: Int, into cuts: inout MemberCuts) {
        // Members that go take the comma behind them along.
        if let run { cuts.append(run.lowerBound..<key) }
        run = nil
        keptEnd = end
    }

    /// The member whose key starts at `key`, and which ends at `end`, goes.
    mutating func cut(_ key: Int, _ end: Int) {
        run = (run?.lowerBound ?? key)..<end
    }

    /// The object is over: members that go at its end take the comma before them along.
    mutating func finish(into cuts: inout MemberCuts) {
        if let run { cuts.append((keptEnd ?? run.lowerBound)..<run.upperBound) }
        run = nil
    }
}

/// Names of members by which upstreams tell what a request costs them or their customer.
enum PriceNames {
    private static let exact: Set<String> = [
        "is_byok", "balance", "credits", "credit", "billing", "price", "pricing", "discount", "markup",
    ]

    /// Whether the key at `key` names a price: one of the names above, or any that contains `cost`.
    static func isPrice(_ bytes: Span<UInt8>, key: Int) -> Bool {
        var position = key + 1
        var matched = 0
        var length = 0
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\\") {
                guard let decoded = JSONScanner.string(bytes, at: key)?.lowercased() else { return false }
                return decoded.utf8.count < 64 && (exact.contains(decoded) || containsCost(decoded))
            }
            let letter = byte | 0x20
            let expected = cost[matched]
            matched = letter == expected ? matched + 1 : letter == cost[0] ? 1 : 0
            if matched == cost.count { return true }
            position += 1
            length += 1
        }
        guard length >= 5, length <= 8, let name = JSONScanner.string(bytes, at: key) else { return false }
        return exact.contains(name.lowercased())
    }

    private static let cost = Array("cost".utf8)

    private static func containsCost(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count >= cost.count else { return false }
        return (0...bytes.count - cost.count).contains { bytes[$0..<$0 + cost.count].elementsEqual(cost) }
    }
}

/// Amounts in US dollars as upstreams write them.
enum DecimalUSD {
    /// Returns the nano-dollars of the JSON number at `start`, rounded up; nil if there is none or it is absurd.
    static func nanos(_ bytes: Span<UInt8>, at start: Int) -> Int64? {
        guard start < bytes.count, JSONScanner.isDigit(bytes[start]) else { return nil }
        var digits: Int64 = 0
        var exponent = 9
        var isRounded = false
        var position = start
        var isFraction = false
        while position < bytes.count {
            let byte = bytes[position]
            if JSONScanner.isDigit(byte) {
                if digits < 1_000_000_000_000_000 {
                    digits = digits * 10 + Int64(byte - 0x30)
                    if isFraction { exponent -= 1 }
                } else {
                    isRounded = isRounded || byte != 0x30
                    if !isFraction { exponent += 1 }
                }
            } else if byte == UInt8(ascii: "."), !isFraction {
                isFraction = true
            } else {
                break
            }
            position += 1
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            let sign = position + 1 < bytes.count && bytes[position + 1] == UInt8(ascii: "+") ? 1 : 0
            guard let power = JSONScanner.integer(bytes, at: position + 1 + sign), abs(power) < 100 else { return nil }
            exponent += Int(power)
        }
        while exponent > 0 {
            let (product, overflow) = digits.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            digits = product
            exponent -= 1
        }
        while exponent < 0 {
            isRounded = isRounded || digits % 10 != 0
            digits /= 10
            exponent += 1
        }
        return isRounded ? digits + 1 : digits
    }
}
