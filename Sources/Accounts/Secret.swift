/// A secret text: a key, token or code.
///
/// Its descriptions and its mirror show `<secret>`, so that it cannot reach a log or an error message. ``revealed`` is the
/// only access to the text.
public struct Secret: Hashable, Sendable {
    /// The secret text.
    public let revealed: String

    /// Creates a secret from its text.
    public init(_ text: String) { revealed = text }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "<secret>" }
    public var debugDescription: String { "<secret>" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
