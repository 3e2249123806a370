/// Size and quality of a generated picture, by which rate cards have prices.
public struct PictureForm: Hashable, Sendable {
    /// The size as the API names it, such as `1024x1024`; nil if it is not known (`auto`, or not stated).
    public var size: String?
    /// The quality as the API names it, such as `high`; nil if it is not known (`auto`, or not stated).
    public var quality: String?

    /// Creates a form; `auto` and an empty text count as unknown.
    public init(size: String? = nil, quality: String? = nil) {
        self.size = Self.known(size)
        self.quality = Self.known(quality)
    }

    /// Creates a form from ``text``.
    public init(text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        self.init(size: parts.first, quality: parts.count == 2 ? parts[1] : nil)
    }

    /// The size and the quality, such as `1024x1024/high`; an unknown part is empty.
    public var text: String { (size ?? "") + "/" + (quality ?? "") }

    private static func known(_ text: String?) -> String? { text == "" || text == "auto" ? nil : text }
}
