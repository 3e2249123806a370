import Metering

/// Runs answers through the meters.
enum UsageFixture {
    /// Returns what a plain answer with this usage is metered as.
    static func plain(
        usage: String, _ operation: Operation, reasoning: ReasoningConvention = .within,
        asked: ServiceTerms = .standard,
        limit: Int64 = 1_000_000
    ) -> MeteredUsage? {
        answer(#"{"usage":\#(usage)}"#, operation, reasoning: reasoning, asked: asked, limit: limit).usage
    }

    /// Returns what a plain answer is metered as.
    static func answer(
        _ body: String, _ operation: Operation, reasoning: ReasoningConvention = .within,
        asked: ServiceTerms = .standard, limit: Int64 = 1_000_000
    ) -> PlainAnswer {
        let counting = CountingRules(contextLimit: limit, reasoning: reasoning, askedTerms: asked)
        return AnswerMeter.examine(Array(body.utf8).span, operation: operation, counting: counting)
    }

    /// Returns the meter of a stream of events, and what the client gets.
    ///
    /// - Parameter pieces: The stream is read in pieces of this many bytes.
    static func stream(
        _ events: [String], _ operation: Operation, drops: Bool = false, pieces: Int = .max
    ) -> (meter: StreamMeter, relayed: String) {
        var meter = StreamMeter(
            operation: operation, dropUsageEvent: drops, counting: CountingRules(contextLimit: 1_000_000))
        let (relayed, _) = relay(events.map { "data: \($0)\n\n" }.joined(), through: &meter, pieces: pieces)
        return (meter, relayed)
    }

    /// Runs a stream through a meter in pieces of a size.
    ///
    /// - Returns: What the client gets, and the bytes of a message that has not ended.
    static func relay(
        _ stream: String, through meter: inout StreamMeter, pieces: Int
    ) -> (relayed: String, unfinished: String) {
        var waiting: [UInt8] = []
        var relayed: [UInt8] = []
        var rest = Array(stream.utf8)[...]
        while !rest.isEmpty {
            waiting += rest.prefix(pieces)
            rest = rest.dropFirst(pieces)
            let examination = meter.examine(waiting.span)
            var whole = Array(waiting[..<examination.consumed])
            for cut in examination.cuts.reversed() { whole.removeSubrange(cut) }
            relayed += whole
            waiting.removeFirst(examination.consumed)
        }
        return (String(decoding: relayed, as: UTF8.self), String(decoding: waiting, as: UTF8.self))
    }
}

extension Usage {
    /// Returns the usage with quantities of further dimensions.
    func with(_ quantities: [Dimension: Int64]) -> Usage {
        var usage = self
        for (dimension, amount) in quantities { usage[dimension] = amount }
        return usage
    }
}
