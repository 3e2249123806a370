/// The branding of the customer page for the clients of one account; nil fields use the page's defaults.
public struct Brand: Hashable, Sendable {
    /// Name in the page's header.
    public var name: String?
    /// Logo as a `data:` URL, since the pages load nothing from other origins.
    public var logo: String?
    /// Accent colour of links and buttons, `#rrggbb`.
    public var colour: String?
    /// Link to support: `https:` or `mailto:`.
    public var contact: String?
    /// Link to buy more budget: `https:` or `mailto:`.
    public var topUp: String?
    /// Initial language of the page; nil uses the browser's language.
    public var language: Language?

    /// A language of the pages.
    public enum Language: Int, Hashable, Sendable, CaseIterable {
        case english = 1
        case chinese = 2

        /// The language tag (BCP 47): `en` or `zh`.
        public var tag: String {
            switch self {
            case .english: "en"
            case .chinese: "zh"
            }
        }
    }

    /// Creates a brand that uses all defaults.
    public init() {}
}
