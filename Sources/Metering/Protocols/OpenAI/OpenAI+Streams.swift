/// Streams: ending one in place of the upstream, and joining one to the plain answer.
extension OpenAI {
    static func closing(
        _ frame: StreamFrame, _ operation: Operation, usage: Usage, showsUsage: Bool, choices: Int64
    ) -> String {
        OpenAIClosing.events(frame, operation, usage: usage, showsUsage: showsUsage, choices: choices)
    }

    static func join(_ event: JSONNode, to answer: JSONNode, _ operation: Operation) {
        OpenAIJoining.join(event, to: answer, operation)
    }

    static func joinedAnswer(_ answer: JSONNode, _ operation: Operation) -> JSONNode? {
        OpenAIJoining.joinedAnswer(answer, operation)
    }
}
