/// Ending a stream in place of the upstream.
extension Gemini {
    static func closing(
        _ frame: StreamFrame, _ operation: Operation, usage: Usage, showsUsage: Bool, choices: Int64
    ) -> String {
        let names = ["modelVersion", "responseId"]
        let common = frame.headMembers().filter { names.contains($0.name) }.map { ",\"\($0.name)\":\($0.value)" }
            .joined()
        let candidates = (0..<max(1, choices)).map {
            #"{"content":{"parts":[{"text":""}],"role":"model"},"finishReason":"MAX_TOKENS","index":\#($0)}"#
        }
        let (input, output) = (usage.allInput, usage.allOutput)
        let used =
            #"{"promptTokenCount":\#(input),"candidatesTokenCount":\#(output),"totalTokenCount":\#(input + output)}"#
        return lastEvent(
            #"{"candidates":[\#(candidates.joined(separator: ","))],"usageMetadata":\#(used)\#(common)}"#, in: frame)
    }
}
