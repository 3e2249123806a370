/// Redacts the identifiers of the upstream account in an upstream's error.
public enum Redaction {
    /// Prefixes of identifiers and keys that upstreams put into error texts.
    private static let prefixes = [
        "org-", "org_", "proj_", "sk-", "acct_", "acct-", "user-", "user_", "req_", "key_", "key-", "workspace_",
        "wrkspc_",
    ].map { Array($0.utf8) }

    private static let replacement = Array("[redacted]".utf8)

    /// Returns a body in which every such identifier, every URL and every e-mail address is replaced. Valid JSON stays
    /// valid.
    public static func redact(_ body: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(body.count)
        var position = 0
        while position < body.count {
            guard isWordByte(body[position]) else {
                result.append(body[position])
                position += 1
                continue
            }
            var end = position
            while end < body.count {
                if isWordByte(body[end]) {
                    end += 1
                } else if body[end...].starts(with: #"\/"#.utf8) {
                    end += 2
                } else {
                    break
                }
            }
            let word = body[position..<end]
            // The letter of an escape such as `\n` is no part of the word.
            let lead = position > 0 && body[position - 1] == UInt8(ascii: "\\") ? 1 : 0
            if isIdentifying(word.dropFirst(lead)) {
                result.append(contentsOf: word.prefix(lead))
                result.append(contentsOf: replacement)
            } else {
                result.append(contentsOf: word)
            }
            position = end
        }
        return result
    }

    private static func isIdentifying(_ word: ArraySlice<UInt8>) -> Bool {
        if word.contains(UInt8(ascii: "@")) || word.starts(with: "http:".utf8) || word.starts(with: "https:".utf8) {
            return true
        }
        return prefixes.contains { prefix in
            guard word.count >= prefix.count + 4, word.starts(with: prefix) else { return false }
            // Identifiers have digits or are long; `key-value` and `user-facing` are words.
            let rest = word.dropFirst(prefix.count)
            return rest.contains(where: JSONScanner.isDigit) || rest.count >= 16 || rest.contains(UInt8(ascii: "*"))
        }
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "@"), UInt8(ascii: "."), UInt8(ascii: ":"),
            UInt8(ascii: "/"), UInt8(ascii: "*"), UInt8(ascii: "%"), UInt8(ascii: "+"), UInt8(ascii: "?"),
            UInt8(ascii: "="), UInt8(ascii: "#"), UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
