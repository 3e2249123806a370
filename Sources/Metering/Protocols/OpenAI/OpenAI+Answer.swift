/// Metering answers.
extension OpenAI {
    static func isText(_ bytes: Span<UInt8>, key: Int, _ text: Operation.StreamText) -> Bool {
        func isKey(_ name: StaticString) -> Bool { JSONScanner.string(bytes, at: key, equals: name) }
        switch text {
        case .deltas: return isKey("delta")
        case .content:
            return isKey("content") || isKey("text") || isKey("arguments") || isKey("reasoning_content")
                || isKey("reasoning") || isKey("refusal") || isKey("thinking") || isKey("transcript")
        }
    }

    static func isReasoning(_ bytes: Span<UInt8>, key: Int) -> Bool {
        func isKey(_ name: StaticString) -> Bool { JSONScanner.string(bytes, at: key, equals: name) }
        return isKey("reasoning") || isKey("reasoning_content") || isKey("reasoning_details")
    }

    static func isChoiceList(_ bytes: Span<UInt8>, key: Int) -> Bool {
        JSONScanner.string(bytes, at: key, equals: "choices")
    }

    static func isStopReason(_ bytes: Span<UInt8>, key: Int) -> Bool {
        JSONScanner.string(bytes, at: key, equals: "finish_reason")
    }

    static func isItem(_ bytes: Span<UInt8>, key: Int) -> Bool { JSONScanner.string(bytes, at: key, equals: "item") }

    static func isItemList(_ bytes: Span<UInt8>, key: Int) -> Bool {
        JSONScanner.string(bytes, at: key, equals: "output")
    }

    static func hostedCall(_ bytes: Span<UInt8>, item: Int, depth: Int) throws(JSONFault) -> HostedCalls.Call? {
        try OpenAIItem.hostedCall(bytes, item: item, depth: depth)
    }

    static func isImageList(_ bytes: Span<UInt8>, key: Int) -> Bool {
        JSONScanner.string(bytes, at: key, equals: "data")
    }

    static func readMember(_ bytes: Span<UInt8>, key: Int, value: Int, into event: inout EventFacts) {
        func isKey(_ name: StaticString) -> Bool { JSONScanner.string(bytes, at: key, equals: name) }
        if isKey("error") {
            if !JSONScanner.isNull(bytes, at: value) { event.isError = true }
        } else if isKey("choices"), JSONScanner.isArray(bytes, at: value) {
            let first = JSONScanner.skipWhitespace(bytes, value + 1)
            event.carriesNoText = first < bytes.count && bytes[first] == UInt8(ascii: "]")
        } else if isKey("type"), JSONScanner.isString(bytes, at: value) {
            event.marker = marker(bytes, type: value)
        } else if isKey("sequence_number") {
            event.sequence = JSONScanner.integer(bytes, at: value)
        }
    }

    private static func marker(_ bytes: Span<UInt8>, type: Int) -> EventFacts.Marker {
        func isType(_ name: StaticString) -> Bool { JSONScanner.string(bytes, at: type, equals: name) }
        if isType("response.completed") || isType("response.incomplete") { return .end }
        if isType("transcript.text.done") || isType("speech.audio.done") { return .end }
        if isType("response.failed") { return .failed }
        if isType("response.created") || isType("response.queued") || isType("response.in_progress") {
            return .preamble
        }
        if isType("response.output_item.done") { return .itemDone }
        if isType("image_generation.completed") || isType("image_edit.completed") { return .image }
        return isType("error") ? .error : .none
    }

    static func isEndOfStream(_ bytes: Span<UInt8>, _ data: Range<Int>) -> Bool {
        // `[DONE]`
        data.count >= 6 && bytes[data.lowerBound] == UInt8(ascii: "[")
            && bytes[data.lowerBound + 1] == UInt8(ascii: "D")
    }
}
