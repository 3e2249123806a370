/// The facts of a request's body that admission and metering need, and the edits that metering makes in it.
public struct RequestFacts: Hashable, Sendable {
    /// The model that is asked for.
    public var model: String
    /// Whether the answer is to come as a stream of events.
    public var isStreamed = false
    /// The client's own limit of the output, in tokens.
    public var maxOutputTokens: Int64?
    /// Number of answers that are requested.
    public var choices: Int64 = 1
    /// Minimum of output tokens with which the request makes sense: more than the model's budget for thinking.
    public var leastOutputTokens: Int64 = 0
    /// The input that the model reads.
    public var input: RequestInput
    /// Whether input may be written into a cache, which costs more than reading it.
    public var mayWriteCache: Bool
    /// The service tier that is asked for.
    public var tier = RequestedTier.unstated
    /// Whether the request asks to be kept in the region that costs more.
    public var isResident = false
    /// Whether the request asks for the speed that costs more.
    public var isFast = false
    /// Tools that the upstream runs.
    public var hostedTools: [HostedTool] = []
    /// What the request asks for that must have a rate of its own.
    public var requirements: [PriceRequirement] = []
    /// Size and quality of the pictures that are asked for.
    public var pictureForm: PictureForm?
    /// Bounds of what the answer uses other than tokens and pictures: characters to speak, time of audio.
    public var quantities = Usage.zero
    /// The edit that makes the upstream report usage at the end of a stream, if the client did not ask for it.
    public var usageEdit: BodyEdit?
    /// Where the upstream is told who the end user is.
    var endUserPlaces: [EndUserPlace] = []
    /// Objects of the upstream that the answer may name for the first time.
    public var objectsGiven = ObjectsGiven.none
    /// The field that ``usageEdit`` adds, if the client's body does not have it: an upstream that refuses it gets the request
    /// without.
    public var addedOption: String?
    /// Places of the client's own limit in the body, or where one can be inserted.
    var limitPlaces: [LimitPlace] = []

    enum LimitPlace: Hashable, Sendable {
        /// The value of a field.
        case value(Range<Int>)
        /// A field that is missing, and the limit that the API applies without it: it takes the place of a range, with texts
        /// before and behind it.
        case member(Range<Int>, name: String, before: String = "", after: String = ",", standard: Int64)
    }

    /// Whether the request can be made to end its output earlier.
    public var mayLimitOutput: Bool { !limitPlaces.isEmpty }

    init(model: String, textBytes: Int, mayWriteCache: Bool) {
        self.model = model
        input = RequestInput(textBytes: Int64(textBytes))
        self.mayWriteCache = mayWriteCache
    }

    /// Creates the facts of a request that has no body and names a stored object in its path. Its model is the object's.
    public init(ofObject id: String) {
        self.init(model: "", textBytes: 0, mayWriteCache: false)
        input.references = [ObjectReference(id: id, field: "id")]
    }

    /// Scans a whole body: it must be one JSON object or one form, as the operation wants, and nothing else. Only top-level
    /// fields count.
    ///
    /// - Parameters:
    ///   - model: The model that the path names, for operations whose path does.
    ///   - contentType: The request's `Content-Type`, which forms need.
    public init(
        scanning body: Span<UInt8>, for operation: Operation, model: String? = nil, contentType: String? = nil
    ) throws(RequestFault) {
        if operation.body == .form {
            guard let boundary = contentType.flatMap(MultipartForm.boundary) else { throw .notAForm }
            self = try operation.upstreamProtocol.rules.readForm(body, operation, boundary: boundary)
            return
        }
        self = try operation.upstreamProtocol.rules.readRequest(body, operation, model: model)
    }

    /// Returns the edits of the body, in its order.
    ///
    /// - Parameters:
    ///   - limit: A limit of the output that replaces the client's own; nil leaves that.
    ///   - endUser: The name of the end user that replaces the client's own; nil leaves that.
    public func edits(limitingOutputTo limit: Int64?, endUser: String? = nil) -> [BodyEdit] {
        var edits = usageEdit.map { [$0] } ?? []
        if let endUser { edits += endUserPlaces.map { $0.edit(naming: endUser) } }
        if let limit {
            edits += limitPlaces.map { place in
                switch place {
                case .value(let range): BodyEdit(range: range, replacement: Array("\(limit)".utf8))
                case .member(let range, let name, let before, let after, let standard):
                    BodyEdit(
                        range: range,
                        replacement: Array("\(before)\"\(name)\":\(min(limit, standard))\(after)".utf8))
                }
            }
        }
        return edits.sorted { $0.range.lowerBound < $1.range.lowerBound }
    }
}

/// A replacement of a range of a request's body.
public struct BodyEdit: Hashable, Sendable {
    /// Offsets into the body; empty where something is inserted.
    public var range: Range<Int>
    /// The new bytes.
    public var replacement: [UInt8]

    /// Creates an edit.
    public init(range: Range<Int>, replacement: [UInt8]) {
        self.range = range
        self.replacement = replacement
    }
}
