import Accounts

/// The code of a voucher: four groups of four symbols in Crockford's base 32, which omits letters that look like digits.
///
/// 16 symbols are 80 bits, which cannot be guessed at the rate that `account-limits.redeem` allows.
public struct VoucherCode: Sendable {
    /// The code in canonical form: `7KQ4-M2ZD-9HXR-C0TB`.
    public let secret: Secret

    private static let symbols = 16
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")

    /// Returns a new code.
    public static func mint(using generator: inout some RandomNumberGenerator) -> VoucherCode {
        VoucherCode((0..<symbols).map { _ in alphabet[Int.random(in: 0..<32, using: &generator)] })
    }

    /// Returns a new code from the system's random number generator.
    public static func mint() -> VoucherCode {
        var generator = SystemRandomNumberGenerator()
        return mint(using: &generator)
    }

    /// Parses a code as people type it: in upper or lower case, with or without spaces and hyphens, with the letters I and L
    /// read as 1 and O as 0. Returns nil if the text is not a code.
    public init?(typed text: String) {
        guard text.utf8.count <= 64 else { return nil }
        let symbols: [Character] = text.uppercased().compactMap { letter in
            switch letter {
            case " ", "-": nil
            case "O": "0"
            case "I", "L": "1"
            default: letter
            }
        }
        guard symbols.count == Self.symbols, symbols.allSatisfy(Self.alphabet.contains) else { return nil }
        self.init(symbols)
    }

    private init(_ symbols: [Character]) {
        secret = Secret(
            stride(from: 0, to: Self.symbols, by: 4).map { String(symbols[$0..<$0 + 4]) }.joined(separator: "-"))
    }
}
