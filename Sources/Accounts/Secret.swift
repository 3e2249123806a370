/// A text that must never be printed: keys, tokens, passwords.
///
/// Printing, interpolating, dumping or mirroring one shows `<secret>`; ``revealed`` is the only way to the
/// text, easy to search for.
public struct Secret: Hashable, Sendable {
    /// The text itself, for the wire or for the one answer that shows it.
    public let revealed: String

    /// Creates a secret from its text.
    public init(_ text: String) { revealed = text }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "<secret>" }
    public var debugDescription: String { "<secret>" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
