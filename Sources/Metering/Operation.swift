/// An operation of an upstream protocol that the gateway forwards: all that routing, admission and metering must know of
/// it before a request is read.
///
/// Each protocol lists its operations in its own folder; ``allCases`` gathers them.
public struct Operation: RawRepresentable, Sendable, CaseIterable {
    /// The HTTP method of its requests.
    public enum Method: Sendable {
        case get, post, delete
    }

    /// Kind of the request's body.
    public enum Body: Sendable {
        /// No body.
        case none
        /// One JSON object.
        case json
        /// A form of fields and files (`multipart/form-data`).
        case form
    }

    /// Kind of the upstream's answer.
    public enum Answer: Sendable {
        /// One JSON object, always.
        case whole
        /// One JSON object, or a stream of events if the request asks for it.
        case mayStream
        /// A stream of events, always.
        case stream
        /// Bytes that are passed on as they come, such as audio; or a stream of events if the request asks for it.
        case bytes
        /// The list of models.
        case modelList
        /// One entry of the list of models.
        case model
    }

    /// Where a request names its model.
    public enum ModelPlace: Sendable {
        /// Nowhere.
        case none
        /// In a field of the body.
        case body
        /// In the parameter of the path.
        case path
        /// Nowhere: the parameter of the path names a stored object, and the model is the one that made it.
        case object
    }

    /// Basis of the charge.
    public enum Billing: Sendable {
        /// Nothing.
        case nothing
        /// The price per request alone: the upstream reports no tokens.
        case request
        /// The tokens that the model reads.
        case input
        /// The tokens that the model reads and writes.
        case text
        /// The images that are generated, and the tokens that they take.
        case images
        /// The text that is spoken: its characters, or the tokens of text and audio.
        case speech
        /// The audio that is written down: its time, or the tokens of audio and text.
        case audio
    }

    /// Which members of a stream's events hold text.
    public enum StreamText: Sendable {
        /// All that hold text in a plain answer.
        case content
        /// Only deltas: events at the end repeat the text.
        case deltas
    }

    /// The number by which the ledger stores the operation: unique among all protocols, never reused.
    public let rawValue: Int
    /// The protocol whose shapes the request, the answer and its errors have.
    public let upstreamProtocol: UpstreamProtocol
    /// The method of its requests; other operations may be served at the same path by other methods.
    public let method: Method
    /// The path below a base path; may hold one parameter, such as `/models/{model}`: the name of a model matches any text,
    /// slashes included, the identifier of an object any text without slashes.
    public var path: String { pathPattern.description }
    /// See ``path``. Operations are copied several times for each request: as a literal it is not counted as a reference.
    private let pathPattern: StaticString
    /// Kind of the request's body.
    public let body: Body
    /// Kind of the upstream's answer.
    public let answer: Answer
    /// Which members of a stream's events hold text.
    public let streamText: StreamText
    /// Where a request names its model.
    public let model: ModelPlace
    /// Basis of the charge.
    public let billing: Billing

    init(
        _ number: Int, _ upstreamProtocol: UpstreamProtocol, _ method: Method, _ path: StaticString, body: Body = .json,
        answer: Answer = .whole, streamText: StreamText = .content, model: ModelPlace = .body, billing: Billing
    ) {
        rawValue = number
        self.upstreamProtocol = upstreamProtocol
        self.method = method
        pathPattern = path
        self.body = body
        self.answer = answer
        self.streamText = streamText
        self.model = model
        self.billing = billing
    }

    /// Returns the path with a value in the place of its parameter, percent-encoded; nil for a path without one.
    public func path(with value: String?) -> String {
        let path = path
        guard let value, let start = path.firstIndex(of: "{"), let end = path.firstIndex(of: "}") else { return path }
        return path[..<start] + PercentEncoding.encode(value) + path[path.index(after: end)...]
    }

    /// Returns the operation that the ledger stores by a number.
    public init?(rawValue: Int) {
        guard Self.byNumber.indices.contains(rawValue), let operation = Self.byNumber[rawValue] else { return nil }
        self = operation
    }

    /// The operations of all protocols, in the order of the list of protocols.
    public static let allCases: [Operation] = UpstreamProtocol.allCases.flatMap { $0.rules.operations }

    private static let byNumber: [Operation?] = {
        var table = [Operation?](repeating: nil, count: (allCases.map(\.rawValue).max() ?? 0) + 1)
        for operation in allCases { table[operation.rawValue] = operation }
        return table
    }()
}

extension Operation: Hashable {
    public static func == (one: Operation, other: Operation) -> Bool { one.rawValue == other.rawValue }

    public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}

extension Operation {
    /// Whether a request can cost anything.
    public var isBilled: Bool { billing != .nothing }

    /// Whether a request makes the model write text, for which money has to be held.
    public var generatesText: Bool { billing == .text }

    /// Whether the answer consists of tokens that the model writes, of whatever kind.
    public var writesTokens: Bool {
        switch billing {
        case .nothing, .request, .input: false
        default: true
        }
    }

    /// Whether a request makes the model generate images.
    public var generatesImages: Bool { billing == .images }

    /// Whether a request may ask for its answer as a stream of events.
    public var mayStream: Bool {
        switch answer {
        case .mayStream, .stream, .bytes: true
        case .whole, .modelList, .model: false
        }
    }

    /// Whether a stream that was not asked for is joined to the plain answer. Transcripts may be text of any form, such as one
    /// that looks like events.
    public var mayBeJoined: Bool { mayStream && billing != .audio }

    /// Whether the answer is made from the upstream's list of models.
    public var readsModelList: Bool { answer == .modelList || answer == .model }
}
