import Accounts

/// The code of a voucher, as people read it to each other and type it: four groups of four letters and digits.
///
/// Crockford's base 32, without the letters that are taken for digits: 16 symbols of 5 bits are 80 bits, more than
/// anybody guesses at the pace at which codes are accepted.
public struct VoucherCode: Sendable {
    /// The code in the one way that it is kept and shown: `7KQ4-M2ZD-9HXR-C0TB`.
    public let secret: Secret

    private static let symbols = 16
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")

    /// Makes a code.
    public static func mint(using generator: inout some RandomNumberGenerator) -> VoucherCode {
        VoucherCode((0..<symbols).map { _ in alphabet[Int.random(in: 0..<32, using: &generator)] })
    }

    /// Makes a code from the system's randomness.
    public static func mint() -> VoucherCode {
        var generator = SystemRandomNumberGenerator()
        return mint(using: &generator)
    }

    /// Reads what somebody typed: in any case, with or without spaces and hyphens, and with the letters that look like
    /// digits (I, L and O) taken for them. Nil if it cannot be a code.
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
