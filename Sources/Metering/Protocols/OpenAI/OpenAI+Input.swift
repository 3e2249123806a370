/// Reading requests and the parts of their input. Aggregators accept parts of other protocols' kinds in this protocol, too.
extension OpenAI {
    static func readRequest(
        _ body: Span<UInt8>, _ operation: Operation, model: String?
    ) throws(RequestFault) -> RequestFacts {
        try OpenAIRequest.read(body, operation, model: model)
    }

    static func readForm(
        _ body: Span<UInt8>, _ operation: Operation, boundary: [UInt8]
    ) throws(RequestFault) -> RequestFacts {
        try OpenAIMedia.readForm(body, operation, boundary: boundary)
    }

    static func partKind(_ bytes: Span<UInt8>, type: Int) -> RequestInput.PartKind {
        func isType(_ name: StaticString) -> Bool { JSONScanner.string(bytes, at: type, equals: name) }
        if isType("image_url") || isType("input_image") || isType("image") || isType("computer_screenshot") {
            return .image
        }
        if isType("input_audio") { return .audio }
        if isType("item_reference") { return .reference }
        return isType("file") || isType("input_file") || isType("document") || isType("container_upload")
            ? .file : .other
    }

    static func isPartContent(_ bytes: Span<UInt8>, key: Int) -> Bool {
        JSONScanner.string(bytes, at: key, equals: "content") || JSONScanner.string(bytes, at: key, equals: "output")
    }

    static func isPartData(_ bytes: Span<UInt8>, key: Int) -> Bool {
        JSONScanner.string(bytes, at: key, equals: "image_url") || JSONScanner.string(bytes, at: key, equals: "source")
            || JSONScanner.string(bytes, at: key, equals: "input_audio")
    }

    static func runner(_ bytes: Span<UInt8>, toolType: Int) -> ToolRunner {
        OpenAIService.runner(bytes, toolType: toolType)
    }
}
