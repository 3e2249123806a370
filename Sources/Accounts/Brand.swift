/// How an account's pages look to its clients: the reseller's own name, and where its customers turn to.
public struct Brand: Hashable, Sendable {
    /// What stands at the top of the page.
    public var name: String?
    /// A picture as a `data:` URL, so that no page loads anything from elsewhere.
    public var logo: String?
    /// The colour of what can be clicked, `#rrggbb`.
    public var colour: String?
    /// Where a customer asks for help: `https:` or `mailto:`.
    public var contact: String?
    /// Where a customer buys more: `https:` or `mailto:`.
    public var topUp: String?
    /// The language that the page begins in; nil is the browser's.
    public var language: Language?

    /// A language of the portal.
    public enum Language: Int, Hashable, Sendable, CaseIterable {
        case english = 1
        case chinese = 2

        /// Its tag: `en` or `zh`.
        public var tag: String {
            switch self {
            case .english: "en"
            case .chinese: "zh"
            }
        }
    }

    /// Creates a brand without anything of its own.
    public init() {}
}
