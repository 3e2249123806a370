/// Objects that the upstream stores.
extension OpenAI {
    static func reference(_ bytes: Span<UInt8>, key: Int) -> RequestInput.ReferenceMember? {
        func isKey(_ name: StaticString) -> Bool { JSONScanner.string(bytes, at: key, equals: name) }
        if isKey("file_id") || isKey("file_ids") || isKey("container_id") || isKey("container")
            || isKey("vector_store_ids")
        {
            return .identifier
        }
        return isKey("file") || isKey("source") || isKey("input_image_mask") ? .holder : nil
    }

    static func givenObjects(_ bytes: Span<UInt8>, storesAnswer: Bool) -> [String] {
        OpenAIObjects.given(bytes, storesAnswer: storesAnswer)
    }
}
