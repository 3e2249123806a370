import Accounts

/// Generates the secrets of new keys: a prefix for the kind of key, and 43 random letters and digits (256 bits).
public enum SecretMint {
    /// Prefix of client keys.
    public static let clientPrefix = "sk-tg-"
    /// Prefix of account keys.
    public static let accountPrefix = "sk-tga-"
    /// Prefix of management keys.
    public static let managementPrefix = "sk-tgm-"
    /// Prefix of web tokens.
    public static let webTokenPrefix = "sk-tgw-"
    /// Prefix of generated admin keys.
    public static let adminPrefix = "sk-tgadmin-"

    /// Number of leading characters of a secret that its display ID shows.
    static let shownCharacters = 12

    /// Returns a new secret.
    public static func mint(prefix: String, using generator: inout some RandomNumberGenerator) -> Secret {
        var text = prefix
        for _ in 0..<43 { text.unicodeScalars.append(alphabet[Int.random(in: 0..<62, using: &generator)]) }
        return Secret(text)
    }

    /// Returns a new secret from the system's random number generator.
    public static func mint(prefix: String) -> Secret {
        var generator = SystemRandomNumberGenerator()
        return mint(prefix: prefix, using: &generator)
    }

    /// Returns the display ID of a secret, its first characters: `sk-tg-Ab3dEf...`. It is not secret.
    public static func displayID(of secret: Secret) -> String {
        secret.revealed.prefix(shownCharacters) + "..."
    }

    /// Returns the masked secret, its first and last characters, for its owner: `sk-tg-Ab3dEf...5678`.
    public static func masked(_ secret: Secret) -> String { displayID(of: secret) + secret.revealed.suffix(4) }

    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".unicodeScalars)
}
