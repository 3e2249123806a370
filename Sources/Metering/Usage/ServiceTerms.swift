/// The terms under which an upstream served a request, where they change the rates.
public struct ServiceTerms: Hashable, Sendable {
    /// The service tier that was served, which need not be the one that was asked for.
    public enum Tier: Int, Hashable, Sendable, CaseIterable {
        // The ledger stores these numbers: they are never reused.

        /// The usual service.
        case standard = 0
        /// Slower and cheaper.
        case flex = 1
        /// Faster and dearer.
        case priority = 2
        /// Answered within a day.
        case batch = 3
        /// A tier that the gateway does not know.
        case unknown = 15

        /// Its name in the APIs.
        public var name: String { "\(self)" }
    }

    /// The service tier that was served.
    public var tier: Tier
    /// Whether the request was kept in the region that costs more.
    public var isResident: Bool
    /// Whether the model ran at the speed that costs more.
    public var isFast: Bool
    /// Size and quality of the generated pictures, such as `1024x1024/high`, where the rate card has prices by them; a part
    /// that is not known is empty, as in `/high`. See ``PictureForm``.
    public var pictureForm: String?

    /// Creates terms; the defaults are those of the usual service.
    public init(tier: Tier = .standard, isResident: Bool = false, isFast: Bool = false, pictureForm: String? = nil) {
        self.tier = tier
        self.isResident = isResident
        self.isFast = isFast
        self.pictureForm = pictureForm
    }

    /// The usual service.
    public static let standard = ServiceTerms()
}
