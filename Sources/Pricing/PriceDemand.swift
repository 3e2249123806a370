import Metering

/// The quantities that bound the cost of a request, known before it is sent.
public struct PriceDemand: Hashable, Sendable {
    /// The size of the input.
    public var input: RequestInput
    /// The request's own limit of output tokens per answer; the model's limit also applies.
    public var maxOutputTokens: Int64?
    /// Number of answers requested (`n`).
    public var choices: Int64
    /// Number of images to generate.
    public var pictures: Int64
    /// Whether input can be billed as a cache write.
    public var mayWriteCache: Bool
    /// Whether the response has output tokens.
    public var generatesText: Bool
    /// The service tier that is asked for.
    public var tier = RequestedTier.unstated
    /// Whether the request asks to be kept in the region that costs more.
    public var isResident = false
    /// Whether the request asks for the speed that costs more.
    public var isFast = false
    /// Tools that the upstream runs.
    public var hostedTools: [HostedTool] = []
    /// Size and quality of the pictures.
    public var pictureForm: PictureForm?
    /// Bounds of quantities other than tokens, pictures and calls: characters, time of audio.
    public var quantities = Usage.zero
    /// What must have a rate.
    public var requirements: [PriceRequirement] = []

    /// Creates a demand; the defaults are those of a plain request for one answer.
    public init(
        input: RequestInput, maxOutputTokens: Int64? = nil, choices: Int64 = 1, pictures: Int64 = 0,
        mayWriteCache: Bool = false, generatesText: Bool = true
    ) {
        self.input = input
        self.maxOutputTokens = maxOutputTokens
        self.choices = choices
        self.pictures = pictures
        self.mayWriteCache = mayWriteCache
        self.generatesText = generatesText
    }
}
