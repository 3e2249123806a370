/// Objects that the upstream stores.
extension Anthropic {
    static func reference(_ bytes: Span<UInt8>, key: Int) -> RequestInput.ReferenceMember? {
        func isKey(_ name: StaticString) -> Bool { JSONScanner.string(bytes, at: key, equals: name) }
        if isKey("file_id") || isKey("container_id") { return .identifier }
        return isKey("source") || isKey("file") ? .holder : nil
    }

    static func givenObjects(_ bytes: Span<UInt8>, storesAnswer: Bool) -> [String] {
        AnthropicObjects.given(bytes)
    }
}
