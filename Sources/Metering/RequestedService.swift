/// The service tier that a request asks for.
public enum RequestedTier: Hashable, Sendable {
    /// The request names none: the upstream's own setting decides. Rate cards tell the dearest tier that it can be
    /// (`default_tier`).
    case unstated
    /// The upstream may choose any tier (`auto`).
    case automatic
    /// This tier, or the standard one if it is not available.
    case only(ServiceTerms.Tier)
}

/// A tool that the upstream runs for a request.
public struct HostedTool: Hashable, Sendable {
    /// What the tool does. Rate cards have a bound for each kind.
    public enum Kind: Hashable, Sendable, CaseIterable {
        /// Searches the web.
        case webSearch
        /// Searches stored files.
        case fileSearch
        /// Runs code.
        case codeInterpreter
        /// Reads web pages, calls servers and the like: its uses are free, what it returns is input.
        case other

        /// The dimension in which its uses are counted; nil if they are free.
        public var dimension: Dimension? {
            switch self {
            case .webSearch: .webSearch
            case .fileSearch: .fileSearch
            case .codeInterpreter: .codeInterpreter
            case .other: nil
            }
        }
    }

    /// What the tool does.
    public var kind: Kind
    /// The request's own limit of uses; nil if it has none, so that the rate card's bound holds.
    public var maxUses: Int64?

    /// Creates a tool.
    public init(_ kind: Kind, maxUses: Int64? = nil) {
        self.kind = kind
        self.maxUses = maxUses
    }
}

/// Something that a request asks for and that must have a rate: without one the request is refused, naming the field.
public struct PriceRequirement: Hashable, Sendable {
    /// What must have a rate.
    public enum Subject: Hashable, Sendable {
        /// At least one of these dimensions.
        case anyOf([Dimension])
        /// A service tier.
        case tier(ServiceTerms.Tier)
        /// The speed that costs more.
        case speed
    }

    /// What must have a rate.
    public var subject: Subject
    /// The request's field that asks for it.
    public var field: String

    /// Creates a requirement.
    public init(_ subject: Subject, field: String) {
        self.subject = subject
        self.field = field
    }

    /// Creates the requirement that a dimension has a rate.
    public init(_ dimension: Dimension, field: String) {
        self.init(.anyOf([dimension]), field: field)
    }
}
