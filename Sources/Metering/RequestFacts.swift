/// What admission must know of a request's body, and what has to be changed in it for metering.
public struct RequestFacts: Hashable, Sendable {
    /// The model that is asked for.
    public var model: String
    /// Whether the answer is to come as a stream of events.
    public var isStreamed = false
    /// The client's own bound on what the model may write, in tokens.
    public var maxOutputTokens: Int64?
    /// How many answers are asked for at once.
    public var choices: Int64 = 1
    /// Fewest output tokens with which the request makes sense: more than the model is told to think.
    public var leastOutputTokens: Int64 = 0
    /// How much the model is given to read.
    public var input: RequestInput
    /// Whether input may be written into a cache, which costs more than reading it.
    public var mayWriteCache: Bool
    /// What makes the upstream report usage at the end of a stream, if the client did not ask for it.
    public var usageEdit: BodyEdit?
    /// Where the client's own bound stands in the body, or where one can be put.
    private var limitPlaces: [LimitPlace] = []

    private enum LimitPlace: Hashable, Sendable {
        case value(Range<Int>)
        /// A member that is not there, and what the API takes in its place.
        case member(at: Int, name: String, standard: Int64)
    }

    /// Returns what has to be changed in the body, in its order.
    ///
    /// - Parameter limit: A bound on the output that takes the place of the client's own; nil leaves that.
    public func edits(limitingOutputTo limit: Int64?) -> [BodyEdit] {
        var edits = usageEdit.map { [$0] } ?? []
        if let limit {
            edits += limitPlaces.map { place in
                switch place {
                case .value(let range): BodyEdit(range: range, replacement: Array("\(limit)".utf8))
                case .member(let at, let name, let standard):
                    BodyEdit(range: at..<at, replacement: Array("\"\(name)\":\(min(limit, standard)),".utf8))
                }
            }
        }
        return edits.sorted { $0.range.lowerBound < $1.range.lowerBound }
    }
}

/// A range of a request's body, and what takes its place.
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

/// What is wrong with a request's body.
public enum RequestFault: Error, Hashable, Sendable {
    /// It is not JSON; the offset is that of the first byte that cannot be.
    case malformed(offset: Int)
    /// It is JSON, but not an object.
    case notAnObject
    /// A field is needed.
    case missing(String)
    /// A field has a value that it cannot have.
    case invalid(String, accepted: String)
    /// A field that decides about the price is there twice: upstreams and gateways could read different ones.
    case duplicate(String)

    /// For people; safe for the client.
    public var message: String {
        switch self {
        case .malformed(let offset): "The request's body is not valid JSON (at byte \(offset))."
        case .notAnObject: "The request's body must be a JSON object."
        case .missing(let field): "Missing required parameter: '\(field)'."
        case .invalid(let field, let accepted): "Invalid '\(field)': expected \(accepted)."
        case .duplicate(let field): "Duplicate parameter: '\(field)'."
        }
    }

    /// The field that is wrong.
    public var field: String? {
        switch self {
        case .malformed, .notAnObject: nil
        case .missing(let field), .invalid(let field, _), .duplicate(let field): field
        }
    }
}

extension RequestFacts {
    /// Longest name of a model, in bytes.
    static let maximumModelName = 256
    /// More answers at once than any API gives.
    static let maximumChoices: Int64 = 1024
    /// Output tokens of a completion that names no limit.
    static let standardCompletion: Int64 = 16
    /// What moderations use when they name no model.
    static let defaultModerationModel = "omni-moderation-latest"

    /// The fields that decide about price and shape.
    private enum Field: Int, CaseIterable {
        case model, stream, maxTokens, maxCompletionTokens, maxOutputTokens, n, bestOf, streamOptions
        case messages, input, system, tools, thinking
        // The Responses API lets a request name what the model is to read beside its body.
        case previousResponse, conversation, prompt
        case webSearch
        case serviceTier, speed

        var name: StaticString {
            switch self {
            case .model: "model"
            case .stream: "stream"
            case .maxTokens: "max_tokens"
            case .maxCompletionTokens: "max_completion_tokens"
            case .maxOutputTokens: "max_output_tokens"
            case .n: "n"
            case .bestOf: "best_of"
            case .streamOptions: "stream_options"
            case .messages: "messages"
            case .input: "input"
            case .system: "system"
            case .tools: "tools"
            case .thinking: "thinking"
            case .previousResponse: "previous_response_id"
            case .conversation: "conversation"
            case .prompt: "prompt"
            case .webSearch: "web_search_options"
            case .serviceTier: "service_tier"
            case .speed: "speed"
            }
        }
    }

    /// Scans a whole body: it must be one JSON object and nothing else. Only top-level fields count.
    public init(scanning body: Span<UInt8>, for operation: Operation) throws(RequestFault) {
        let start = JSONScanner.skipWhitespace(body, 0)
        guard JSONScanner.isObject(body, at: start) else {
            let isJSON = (try? JSONScanner.skipValue(body, start)) != nil
            throw isJSON ? .notAnObject : .malformed(offset: start)
        }
        var positions = [Int](repeating: -1, count: Field.allCases.count)
        var duplicate: Field?
        let end: Int
        do throws(JSONFault) {
            end = try JSONScanner.walkObject(body, start) { (key, value) throws(JSONFault) in
                if let field = Field.allCases.first(where: { JSONScanner.string(body, at: key, equals: $0.name) }) {
                    if positions[field.rawValue] >= 0 { duplicate = field }
                    positions[field.rawValue] = value
                }
                return try JSONScanner.skipValue(body, value, depth: 1)
            }
        } catch {
            throw .malformed(offset: error.offset)
        }
        let rest = JSONScanner.skipWhitespace(body, end)
        guard rest == body.count else { throw .malformed(offset: rest) }
        if let duplicate { throw .duplicate(duplicate.name.description) }
        func position(_ field: Field) -> Int? {
            let position = positions[field.rawValue]
            return position < 0 || JSONScanner.isNull(body, at: position) ? nil : position
        }

        input = RequestInput(textBytes: Int64(body.count))
        mayWriteCache =
            switch operation {
            case .chatCompletions, .responses: true
            case .messages: body.contains("\"cache_control\"")
            default: false
            }
        if let at = position(.model) {
            guard let name = JSONScanner.string(body, at: at), !name.isEmpty, name.utf8.count <= Self.maximumModelName
            else { throw .invalid("model", accepted: "a non-empty string of at most 256 bytes") }
            model = name
        } else if operation == .moderations {
            model = Self.defaultModerationModel
        } else {
            throw .missing("model")
        }
        // What is served faster costs more than any rate card says.
        if let at = position(.serviceTier), JSONScanner.string(body, at: at, equals: "priority") {
            throw .invalid("service_tier", accepted: "auto, default, flex or standard_only: others have no price here")
        }
        if let at = position(.speed), !JSONScanner.string(body, at: at, equals: "standard") {
            throw .invalid("speed", accepted: "standard: others have no price here")
        }
        guard operation.mayStream else { return }
        do throws(JSONFault) {
            for field in [Field.messages, .input, .system] {
                if let at = position(field) { try input.readList(body, at: at) }
            }
            if let at = position(.tools) { try input.readTools(body, at: at) }
        } catch {
            throw .malformed(offset: error.offset)
        }
        if position(.webSearch) != nil { input.isOpenEnded = true }
        if operation == .responses,
            [Field.previousResponse, .conversation, .prompt].contains(where: { position($0) != nil })
        {
            input.isOpenEnded = true
        }
        if let at = position(.stream) {
            isStreamed = JSONScanner.isTrue(body, at: at)
            guard isStreamed || JSONScanner.isFalse(body, at: at) else {
                throw .invalid("stream", accepted: "true or false")
            }
        }
        func count(_ field: Field, in range: ClosedRange<Int64>) throws(RequestFault) -> Int64? {
            guard let at = position(field) else { return nil }
            guard let value = JSONScanner.integer(body, at: at), range.contains(value) else {
                throw .invalid(field.name.description, accepted: "a whole number of at least \(range.lowerBound)")
            }
            return value
        }
        if operation == .imageGenerations {
            choices = try count(.n, in: 1...Self.maximumChoices) ?? 1
            return
        }
        let limitFields: [Field] =
            switch operation {
            case .chatCompletions: [.maxCompletionTokens, .maxTokens]
            case .responses: [.maxOutputTokens]
            default: [.maxTokens]
            }
        limitPlaces = limitFields.compactMap { field in
            let at = positions[field.rawValue]
            guard at >= 0, let end = try? JSONScanner.skipValue(body, at, depth: 1) else { return nil }
            return .value(at..<end)
        }
        if limitPlaces.isEmpty {
            let standard = operation == .completions ? Self.standardCompletion : .max
            limitPlaces = [.member(at: start + 1, name: limitFields[0].name.description, standard: standard)]
        }
        if operation == .messages, let at = position(.thinking), JSONScanner.isObject(body, at: at) {
            leastOutputTokens = Self.thinkingBudget(body, at: at) + 1
        }
        // The first of the fields counts; all that are there must be numbers.
        for field in limitFields.reversed() {
            if let limit = try count(field, in: 0...Int64.max) { maxOutputTokens = limit }
        }
        if operation == .chatCompletions || operation == .completions {
            let answers = try count(.n, in: 1...Self.maximumChoices) ?? 1
            choices = max(answers, try count(.bestOf, in: 1...Self.maximumChoices) ?? 1)
            let options = positions[Field.streamOptions.rawValue]
            if isStreamed { usageEdit = try Self.usageEdit(body, object: start, options: options < 0 ? nil : options) }
        }
    }

    /// Returns how much a model is told to think at most; zero if it is not told.
    private static func thinkingBudget(_ body: Span<UInt8>, at start: Int) -> Int64 {
        var budget: Int64 = 0
        let end = try? JSONScanner.walkObject(body, start, depth: 1) { (key, value) throws(JSONFault) in
            if JSONScanner.string(body, at: key, equals: "budget_tokens") {
                budget = JSONScanner.integer(body, at: value) ?? 0
            }
            return try JSONScanner.skipValue(body, value, depth: 2)
        }
        return end == nil ? 0 : min(max(0, budget), Int64.max - 1)
    }

    /// Returns what makes the upstream report usage, or nil if the client asked for it already.
    private static func usageEdit(
        _ body: Span<UInt8>, object: Int, options: Int?
    ) throws(RequestFault) -> BodyEdit? {
        let wanted = "\"include_usage\":true"
        guard let options else {
            let afterBrace = JSONScanner.skipWhitespace(body, object + 1)
            let comma = body[afterBrace] == UInt8(ascii: "}") ? "" : ","
            return BodyEdit(
                range: object + 1..<object + 1, replacement: Array("\"stream_options\":{\(wanted)}\(comma)".utf8))
        }
        if JSONScanner.isNull(body, at: options) {
            return BodyEdit(range: options..<options + 4, replacement: Array("{\(wanted)}".utf8))
        }
        guard JSONScanner.isObject(body, at: options) else {
            throw .invalid("stream_options", accepted: "an object")
        }
        var current: Range<Int>?
        var members = 0
        do throws(JSONFault) {
            _ = try JSONScanner.walkObject(body, options, depth: 1) { (key, value) throws(JSONFault) in
                let end = try JSONScanner.skipValue(body, value, depth: 2)
                if JSONScanner.string(body, at: key, equals: "include_usage") { current = value..<end }
                members += 1
                return end
            }
        } catch {
            throw .malformed(offset: error.offset)
        }
        guard let current else {
            return BodyEdit(
                range: options + 1..<options + 1, replacement: Array((wanted + (members == 0 ? "" : ",")).utf8))
        }
        return JSONScanner.isTrue(body, at: current.lowerBound)
            ? nil : BodyEdit(range: current, replacement: Array("true".utf8))
    }
}

extension Span<UInt8> {
    /// Whether a text occurs anywhere.
    func contains(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { pattern in
            guard let first = pattern.first, count >= pattern.count else { return false }
            var position = 0
            while position <= count - pattern.count {
                if self[position] == first {
                    var length = 1
                    while length < pattern.count, self[position + length] == pattern[length] { length += 1 }
                    if length == pattern.count { return true }
                }
                position += 1
            }
            return false
        }
    }
}
