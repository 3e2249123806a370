/// Reading input: contents consist of parts, and a part's only member says what it is.
extension RequestInput {
    /// The kind of a part's data, by its media type.
    private enum Media {
        case image, audio, text
        /// Its size in bytes does not bound its tokens: a minute of video or a page of a document can be tiny.
        case unbounded

        init(_ type: String) {
            let type = type.lowercased()
            self =
                type.hasPrefix("image/")
                ? .image : type.hasPrefix("audio/") ? .audio : type.hasPrefix("text/") ? .text : .unbounded
        }
    }

    /// Reads contents, a content or its parts, and returns the position behind them.
    @discardableResult
    mutating func readContents(_ body: Span<UInt8>, at start: Int, depth: Int) throws(JSONFault) -> Int {
        if JSONScanner.isArray(body, at: start) {
            return try JSONScanner.walkArray(body, start, depth: depth) { (element) throws(JSONFault) in
                try readContents(body, at: element, depth: depth + 1)
            }
        }
        guard JSONScanner.isObject(body, at: start) else {
            return try JSONScanner.skipValue(body, start, depth: depth)
        }
        return try JSONScanner.walkObject(body, start, depth: depth) { (key, value) throws(JSONFault) in
            func isKey(_ name: StaticString, _ other: StaticString) -> Bool {
                JSONScanner.string(body, at: key, equals: name) || JSONScanner.string(body, at: key, equals: other)
            }
            if isKey("parts", "parts") || isKey("functionResponse", "function_response") {
                return try readContents(body, at: value, depth: depth + 1)
            }
            if isKey("inlineData", "inline_data"), JSONScanner.isObject(body, at: value) {
                return try readData(body, at: value, depth: depth + 1)
            }
            if isKey("fileData", "file_data"), JSONScanner.isObject(body, at: value) {
                return try readFile(body, at: value, depth: depth + 1)
            }
            return try JSONScanner.skipValue(body, value, depth: depth + 1)
        }
    }

    /// Reads a reference to a file: to an address in the web, or to one that the upstream stores for the account.
    private mutating func readFile(_ body: Span<UInt8>, at start: Int, depth: Int) throws(JSONFault) -> Int {
        isOpenEnded = true
        return try JSONScanner.walkObject(body, start, depth: depth) { (key, value) throws(JSONFault) in
            let isAddress =
                JSONScanner.string(body, at: key, equals: "fileUri")
                || JSONScanner.string(body, at: key, equals: "file_uri")
            if isAddress, let address = JSONScanner.string(body, at: value), Self.isStored(address) {
                refer(body, value, "fileUri")
            }
            return try JSONScanner.skipValue(body, value, depth: depth + 1)
        }
    }

    private static func isStored(_ address: String) -> Bool {
        let address = address.lowercased()
        return address.hasPrefix("files/") || address.hasPrefix("gs:")
            || address.contains("googleapis.com") && address.contains("files/")
    }

    private mutating func readData(_ body: Span<UInt8>, at start: Int, depth: Int) throws(JSONFault) -> Int {
        var media: Media?
        var data: Int64 = 0
        let end = try JSONScanner.walkObject(body, start, depth: depth) { (key, value) throws(JSONFault) in
            let end = try JSONScanner.skipValue(body, value, depth: depth + 1)
            if JSONScanner.string(body, at: key, equals: "data"), JSONScanner.isString(body, at: value) {
                data = Int64(end - value - 2)
            } else if JSONScanner.string(body, at: key, equals: "mimeType")
                || JSONScanner.string(body, at: key, equals: "mime_type")
            {
                let named = Media(JSONScanner.string(body, at: value) ?? "")
                // The upstream may believe either of two types.
                media = media ?? named == named ? named : .unbounded
            }
            return end
        }
        switch media ?? .unbounded {
        case .image:
            images += 1
            textBytes -= data
        case .audio:
            audioBytes += data
            textBytes -= data
        case .text: break
        case .unbounded: isOpenEnded = true
        }
        return end
    }
}

/// Reading the descriptions of tools.
extension RequestFacts {
    /// Reads a tool or a list of tools. Only functions and the use of a computer are run by the client.
    mutating func readTools(_ body: Span<UInt8>, at value: Int) {
        JSONScanner.visitElements(body, value) { tool in readTools(body, at: tool) }
        JSONScanner.visitMembers(body, value) { key, settings in
            input.describesTools = true
            guard !JSONScanner.isNull(body, at: settings) else { return }
            switch JSONScanner.string(body, at: key) {
            case "functionDeclarations", "function_declarations", "computerUse", "computer_use": break
            case "googleSearch", "google_search", "googleSearchRetrieval", "google_search_retrieval",
                "enterpriseWebSearch", "enterprise_web_search":
                hostedTools.append(HostedTool(.webSearch))
            case "codeExecution", "code_execution", "urlContext", "url_context":
                hostedTools.append(HostedTool(.other))
            default:
                hostedTools.append(HostedTool(.other))
                input.isOpenEnded = true
                readStores(body, at: settings)
            }
        }
    }

    /// Reads the names of stores that a tool searches in.
    private mutating func readStores(_ body: Span<UInt8>, at settings: Int) {
        JSONScanner.visitMembers(body, settings) { key, value in
            guard
                JSONScanner.string(body, at: key, equals: "fileSearchStoreNames")
                    || JSONScanner.string(body, at: key, equals: "file_search_store_names")
            else { return }
            JSONScanner.visitElements(body, value) { store in input.refer(body, store, "fileSearchStoreNames") }
        }
    }
}
