/// Names of members in which upstreams report prices and costs.
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
