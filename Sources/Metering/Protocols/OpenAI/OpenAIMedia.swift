/// Speech, and forms with files: audio to write down, images to change.
enum OpenAIMedia {
    private enum SpeechField: Int, RequestField {
        case model, input, instructions, streamFormat

        var name: StaticString {
            switch self {
            case .model: "model"
            case .input: "input"
            case .instructions: "instructions"
            case .streamFormat: "stream_format"
            }
        }
    }

    /// Reads a request for speech: its characters bound the cost, or its text and the model's output do.
    static func readSpeech(_ body: Span<UInt8>, model: String?) throws(RequestFault) -> RequestFacts {
        let fields = try RequestFields<SpeechField>(body)
        guard let model = try fields.model(.model, path: model, body) else { throw .missing("model") }
        guard let at = fields.position(of: .input, body) else { throw .missing("input") }
        guard let text = JSONScanner.string(body, at: at) else { throw .invalid("input", accepted: "a string") }
        var facts = RequestFacts(model: model, textBytes: body.count, mayWriteCache: false)
        facts.quantities[.characters] = Int64(text.unicodeScalars.count)
        facts.requirements.append(PriceRequirement(.anyOf([.characters, .outputAudio]), field: "model"))
        if let at = fields.position(of: .streamFormat, body) {
            facts.isStreamed = JSONScanner.string(body, at: at, equals: "sse")
        }
        return facts
    }

    /// Fields of forms of which two would be read differently by different programs.
    private static let singleFields: Set<String> = [
        "model", "n", "size", "quality", "stream", "response_format", "prompt", "language",
    ]

    static func readForm(
        _ body: Span<UInt8>, _ operation: Operation, boundary: [UInt8]
    ) throws(RequestFault) -> RequestFacts {
        let form = try MultipartForm(body, boundary: boundary)
        var fields: [String: String] = [:]
        var textBytes = 0
        var files: [Int] = []
        for part in form.parts {
            if part.isFile {
                guard !singleFields.contains(part.name) else {
                    throw .invalid(part.name, accepted: "a field, not a file")
                }
                files.append(part.content.count)
                continue
            }
            textBytes += part.content.count
            guard singleFields.contains(part.name) else { continue }
            guard fields[part.name] == nil else { throw .duplicate(part.name) }
            let content = body.extracting(part.content)
            guard UTF8Validation.firstInvalidByte(content) == nil else {
                throw .notUTF8(offset: part.content.lowerBound)
            }
            fields[part.name] = String(decoding: content.indices.map { content[$0] }, as: UTF8.self)
        }
        guard let model = fields["model"] else { throw .missing("model") }
        guard (1...256).contains(model.utf8.count) else {
            throw .invalid("model", accepted: "a non-empty string of at most 256 bytes")
        }
        var facts = RequestFacts(model: model, textBytes: textBytes, mayWriteCache: false)
        facts.isStreamed = try isStreamed(fields["stream"], operation)
        if operation.billing == .audio {
            let sent = Int64(files.reduce(0, +))
            facts.input.audioBytes = RequestInput.base64Bytes(of: sent)
            facts.quantities[.audioTime] = RequestInput.audioMilliseconds(atMost: sent)
            facts.requirements.append(PriceRequirement(.anyOf([.audioTime, .inputAudio]), field: "model"))
        } else {
            facts.input.images = Int64(files.count)
            facts.choices = try count(fields["n"])
            facts.pictureForm = PictureForm(size: fields["size"], quality: fields["quality"])
        }
        return facts
    }

    private static func isStreamed(_ text: String?, _ operation: Operation) throws(RequestFault) -> Bool {
        guard operation.mayStream, let text else { return false }
        switch text {
        case "true": return true
        case "false": return false
        default: throw .invalid("stream", accepted: "true or false")
        }
    }

    private static func count(_ text: String?) throws(RequestFault) -> Int64 {
        guard let text else { return 1 }
        guard let count = Int64(text), (1...OpenAIRequest.maximumChoices).contains(count) else {
            throw .invalid("n", accepted: "a whole number of at least 1")
        }
        return count
    }
}
