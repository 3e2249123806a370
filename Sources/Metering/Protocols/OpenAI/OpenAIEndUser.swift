/// The end user of a request.
enum OpenAIEndUser {
    /// Returns where a request names its end user: `safety_identifier`, which only the operations that generate text accept,
    /// and its predecessor `user`, where the client sends it.
    ///
    /// - Parameters:
    ///   - identifier: Position of the value of `safety_identifier`, if there is one.
    ///   - user: Position of the value of `user`, if there is one.
    static func places(
        _ body: Span<UInt8>, _ operation: Operation, object: Int, identifier: Int?, user: Int?
    ) -> [EndUserPlace] {
        var places: [EndUserPlace] = []
        for at in [identifier, user] {
            if let at, let place = EndUserPlace.value(at: at, body, before: "\"", after: "\"") { places.append(place) }
        }
        let isAccepted = operation == .chatCompletions || operation == .responses
        if isAccepted, identifier == nil {
            places.append(.inserted(into: object, body, before: #""safety_identifier":""#, after: "\""))
        }
        return places
    }
}
