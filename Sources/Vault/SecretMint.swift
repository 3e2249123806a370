import Accounts

/// Makes the secrets of new keys: a prefix that names their kind, and 43 random letters and digits
/// (256 bits).
public enum SecretMint {
    /// Prefix of client keys.
    public static let clientPrefix = "sk-tg-"
    /// Prefix of account keys.
    public static let accountPrefix = "sk-tga-"
    /// Prefix of management keys.
    public static let managementPrefix = "sk-tgm-"
    /// Prefix of temporary web tokens.
    public static let webTokenPrefix = "sk-tgw-"
    /// Prefix of generated admin keys.
    public static let adminPrefix = "sk-tgadmin-"

    /// How many characters of a secret are shown to tell keys apart.
    static let shownCharacters = 12

    /// Returns a new secret.
    public static func mint(prefix: String, using generator: inout some RandomNumberGenerator) -> Secret {
        var text = prefix
        for _ in 0..<43 { text.unicodeScalars.append(alphabet[Int.random(in: 0..<62, using: &generator)]) }
        return Secret(text)
    }

    /// Returns a new secret from the system's randomness.
    public static func mint(prefix: String) -> Secret {
        var generator = SystemRandomNumberGenerator()
        return mint(prefix: prefix, using: &generator)
    }

    /// Returns the beginning of a secret, as it may be shown anywhere: `sk-tg-Ab3dEf...`.
    public static func displayID(of secret: Secret) -> String {
        secret.revealed.prefix(shownCharacters) + "..."
    }

    /// Returns a secret's beginning and end, for its owner: `sk-tg-Ab3dEf...5678`.
    public static func masked(_ secret: Secret) -> String { displayID(of: secret) + secret.revealed.suffix(4) }

    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".unicodeScalars)
}
