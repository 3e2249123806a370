/// The input of a request, as far as its body says.
///
/// A token of text is at least one byte, so that bytes bound tokens. Images, audio and files are sent as base64 or by
/// reference, and have bounds of their own.
public struct RequestInput: Hashable, Sendable {
    /// Bytes of the body without the data of images and audio.
    public var textBytes: Int64
    /// Images, inside the body or named by their addresses.
    public var images: Int64 = 0
    /// Whether the upstream may report tokens of images apart from those of text, so that they can have a rate of their own.
    public var countsImagesApart = true
    /// Bytes of base64 that audio takes.
    public var audioBytes: Int64 = 0
    /// The model reads input that the body only names: a file, an earlier conversation, results of a hosted tool. Only the
    /// model's context bounds it.
    public var isOpenEnded = false
    /// Stored objects that the body names.
    public internal(set) var references: [ObjectReference] = []
    /// Tools are described, for which providers add instructions of their own.
    public var describesTools = false

    /// Maximum of tokens that providers add for tools: the largest documented addition is below 600.
    static let toolInstructions: Int64 = 1000
    /// Minimum of bytes of base64 that hold one token of audio: a second has ten tokens, and no codec needs less than 160
    /// bytes for a second.
    static let audioBytesPerToken: Int64 = 16
    /// Minimum of bytes of audio, not encoded, that hold a second: the same rule.
    private static let audioBytesPerSecond: Int64 = 120
    /// Bytes of English text that make a token, by the providers' own rule of thumb.
    public static let bytesPerToken: Int64 = 4

    /// Returns the estimated number of tokens of a text.
    public static func tokens(ofText bytes: Int64) -> Int64 { (bytes + bytesPerToken - 1) / bytesPerToken }

    /// Returns the bytes of base64 that encode a file.
    static func base64Bytes(of bytes: Int64) -> Int64 { (bytes + 2) / 3 * 4 }

    /// Returns the maximum time of a file of audio, in milliseconds.
    static func audioMilliseconds(atMost bytes: Int64) -> Int64 {
        let (product, overflow) = bytes.multipliedReportingOverflow(by: 1000)
        return overflow ? .max : product / audioBytesPerSecond
    }

    /// Bytes of usual audio that hold a second, for estimates: 32 kbit/s, less than most files have.
    private static let usualAudioBytesPerSecond: Int64 = 4000

    /// Returns the estimated time of a file of audio, in milliseconds, from its maximum.
    public static func estimatedMilliseconds(atMost maximum: Int64) -> Int64 {
        maximum / usualAudioBytesPerSecond * audioBytesPerSecond
            + maximum % usualAudioBytesPerSecond * audioBytesPerSecond / usualAudioBytesPerSecond
    }

    /// Returns the estimated number of tokens of audio in which a text is spoken: people speak 15 characters in a second, and
    /// a second has about 21 tokens.
    public static func audioTokens(speaking characters: Int64) -> Int64 {
        let (product, overflow) = characters.multipliedReportingOverflow(by: 3)
        return overflow ? .max : (product + 1) / 2
    }

    /// Creates an input of text alone.
    public init(textBytes: Int64) {
        self.textBytes = textBytes
    }

    /// Maximum of tokens of its text, instructions for tools included.
    public var textBoundTokens: Int64 {
        let (sum, overflow) = textBytes.addingReportingOverflow(describesTools ? Self.toolInstructions : 0)
        return overflow ? .max : sum
    }

    /// Maximum of tokens of its audio.
    public var audioBoundTokens: Int64 { audioBytes / Self.audioBytesPerToken }

    /// Returns the maximum of tokens that the input can be.
    ///
    /// - Parameters:
    ///   - imageTokens: Maximum of tokens of an image.
    ///   - context: The model's context, in tokens.
    public func boundTokens(imageTokens: Int64, context: Int64) -> Int64 {
        isOpenEnded ? context : min(items(imageTokens), context)
    }

    /// Returns the estimated number of tokens of the input: four bytes of text make one, and everything else is taken at a
    /// quarter of its bound.
    public func estimatedTokens(imageTokens: Int64, context: Int64) -> Int64 {
        min(Self.tokens(ofText: items(imageTokens)), context)
    }

    private func items(_ imageTokens: Int64) -> Int64 {
        textBytes + images * imageTokens + audioBytes / Self.audioBytesPerToken
            + (describesTools ? Self.toolInstructions : 0)
    }
}

/// Finds parts that are not text, at the places where the protocol accepts them: data that stands elsewhere is text.
extension RequestInput {
    /// The kind of a part of a message.
    enum PartKind { case image, audio, file, reference, other }

    /// Reads a list of messages, of items or of parts.
    mutating func readList<Rules: ProtocolRules>(
        _ rules: Rules.Type, _ body: Span<UInt8>, at start: Int, depth: Int = 1
    ) throws(JSONFault) {
        guard JSONScanner.isArray(body, at: start) else { return }
        var input = self
        _ = try JSONScanner.walkArray(body, start, depth: depth) { (element) throws(JSONFault) in
            JSONScanner.isObject(body, at: element)
                ? try input.readPart(rules, body, at: element, depth: depth + 1)
                : try JSONScanner.skipValue(body, element, depth: depth + 1)
        }
        self = input
    }

    /// Reads one message or part, and returns the position behind it.
    private mutating func readPart<Rules: ProtocolRules>(
        _ rules: Rules.Type, _ body: Span<UInt8>, at start: Int, depth: Int
    ) throws(JSONFault) -> Int {
        var input = self
        var kind = PartKind.other
        var data: Int64 = 0
        var id: Int?
        var isNamed = false
        let end = try JSONScanner.walkObject(body, start, depth: depth) { (key, value) throws(JSONFault) in
            let end = try JSONScanner.skipValue(body, value, depth: depth + 1)
            if let member = Rules.reference(body, key: key) {
                input.refer(rules, member, body, key: key, value: value)
            }
            if JSONScanner.string(body, at: key, equals: "type") {
                kind = Rules.partKind(body, type: value)
                isNamed = isNamed || !JSONScanner.isNull(body, at: value)
            } else if JSONScanner.string(body, at: key, equals: "role") {
                isNamed = true
            } else if JSONScanner.string(body, at: key, equals: "id") {
                id = value
            } else if Rules.isPartContent(body, key: key) {
                if JSONScanner.isObject(body, at: value) {
                    _ = try input.readPart(rules, body, at: value, depth: depth + 1)
                } else {
                    try input.readList(rules, body, at: value, depth: depth + 1)
                }
            } else if Rules.isPartData(body, key: key) {
                data = try Self.dataBytes(body, at: value, end: end, depth: depth + 1)
            }
            return end
        }
        self = input
        switch kind {
        case .image:
            images += 1
            textBytes -= data
        case .audio:
            audioBytes += data
            textBytes -= data
        case .file: isOpenEnded = true
        case .reference: isOpenEnded = true
        case .other: break
        }
        // An item with an identifier and neither a type nor a role is a reference, too.
        if let id, kind == .reference || !isNamed {
            isOpenEnded = true
            refer(body, id, "id")
        }
        return end
    }

    /// Returns the length of the base64 in a part: of the value itself if it is a `data:` URL, else of its member `data`
    /// or of a `data:` URL in its member `url`.
    private static func dataBytes(
        _ body: Span<UInt8>, at value: Int, end: Int, depth: Int
    ) throws(JSONFault) -> Int64 {
        func isDataURL(_ at: Int) -> Bool {
            at + 5 < body.count && body[at + 1] == UInt8(ascii: "d") && body[at + 2] == UInt8(ascii: "a")
                && body[at + 3] == UInt8(ascii: "t") && body[at + 4] == UInt8(ascii: "a")
                && body[at + 5] == UInt8(ascii: ":")
        }
        if JSONScanner.isString(body, at: value) { return isDataURL(value) ? Int64(end - value - 2) : 0 }
        guard JSONScanner.isObject(body, at: value) else { return 0 }
        var bytes: Int64 = 0
        _ = try JSONScanner.walkObject(body, value, depth: depth) { (key, member) throws(JSONFault) in
            let end = try JSONScanner.skipValue(body, member, depth: depth + 1)
            let isData = JSONScanner.string(body, at: key, equals: "data")
            let isURL = JSONScanner.string(body, at: key, equals: "url") && isDataURL(member)
            if JSONScanner.isString(body, at: member), isData || isURL { bytes = Int64(end - member - 2) }
            return end
        }
        return bytes
    }
}
