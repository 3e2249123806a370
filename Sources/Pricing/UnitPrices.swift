import Metering
import Money

/// Prices of what is not counted in tokens.
public struct UnitPrices: Hashable, Sendable {
    /// Price of a search in the web.
    public var webSearch = NanoUSD(nanos: 10_000_000)
    /// Price of a search in stored files.
    public var fileSearch = NanoUSD(nanos: 2_500_000)
    /// Price of a session of an interpreter.
    public var codeInterpreter = NanoUSD(nanos: 30_000_000)
    /// Price of a generated picture whose form has no price of its own; nil if there is none.
    public var picture: NanoUSD?
    /// Prices of pictures by size and quality.
    public var pictures: [PicturePrice] = []
    /// Price of a second of audio; nil if there is none.
    public var audioSecond: NanoUSD?
    /// Price of a million characters that are spoken; nil if there is none.
    public var characters: Rate?

    /// Creates the prices that hold unless the rate card has others: those of searches and sessions as most providers
    /// have them, and no others.
    public init() {}

    /// Returns the price of a picture; nil if there is none for its form.
    ///
    /// The price of exactly this size and quality, else the highest of those that the known parts of the form allow, else
    /// the price of any picture.
    func price(of form: PictureForm) -> NanoUSD? {
        if let exact = pictures.first(where: { $0.form == form }) { return exact.price }
        return pictures.filter { $0.form.mayBe(form) }.map(\.price).max() ?? picture
    }
}

/// The price of a picture of one size and quality.
public struct PicturePrice: Hashable, Sendable {
    /// Size and quality; an unknown part stands for all.
    public var form: PictureForm
    /// Price of a picture.
    public var price: NanoUSD

    /// Creates a price.
    public init(_ form: PictureForm, _ price: NanoUSD) {
        self.form = form
        self.price = price
    }
}

extension PictureForm {
    /// Whether no known part of two forms differs.
    fileprivate func mayBe(_ other: PictureForm) -> Bool {
        (size == nil || other.size == nil || size == other.size)
            && (quality == nil || other.quality == nil || quality == other.quality)
    }
}

/// The bound of a tool that the upstream runs, where the request has none.
public struct ToolBound: Hashable, Sendable {
    /// Maximum number of uses for a request.
    public var uses: Int64
    /// Maximum of input tokens that a use adds.
    public var tokens: Int64

    /// Creates a bound.
    public init(uses: Int64, tokens: Int64) {
        self.uses = uses
        self.tokens = tokens
    }
}

/// The bounds of tools that the upstream runs, by kind.
public struct ToolBounds: Hashable, Sendable {
    /// Searches in the web.
    public var webSearch = ToolBound(uses: 5, tokens: 8000)
    /// Searches in stored files: 20 chunks of 800 tokens each.
    public var fileSearch = ToolBound(uses: 5, tokens: 16_000)
    /// Sessions of an interpreter.
    public var codeInterpreter = ToolBound(uses: 1, tokens: 16_000)
    /// All other tools, such as reading a web page.
    public var other = ToolBound(uses: 5, tokens: 25_000)

    /// Creates the bounds that hold unless the rate card has others.
    public init() {}

    /// The bound of a kind of tool.
    public subscript(kind: HostedTool.Kind) -> ToolBound {
        get {
            switch kind {
            case .webSearch: webSearch
            case .fileSearch: fileSearch
            case .codeInterpreter: codeInterpreter
            case .other: other
            }
        }
        set {
            switch kind {
            case .webSearch: webSearch = newValue
            case .fileSearch: fileSearch = newValue
            case .codeInterpreter: codeInterpreter = newValue
            case .other: other = newValue
            }
        }
    }

    /// The largest bound of uses that a request can state.
    private static let maximumUses: Int64 = 1000

    /// Returns the maximum number of uses of a tool.
    func uses(of tool: HostedTool) -> Int64 { min(max(0, tool.maxUses ?? self[tool.kind].uses), Self.maximumUses) }
}
