/// The options of a stream in a request.
enum StreamOptions {
    /// Returns the edit that makes the upstream report usage, or nil if the client asked for it already.
    static func usageEdit(
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
