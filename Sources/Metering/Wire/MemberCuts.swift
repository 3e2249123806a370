/// Ranges to remove from an answer.
typealias MemberCuts = [Range<Int>]

/// Removes members of one object together with the right comma, so that what is left is valid JSON.
struct ObjectCuts {
    private var keptEnd: Int?
    private var run: Range<Int>?

    /// Keeps the member from `key`, the start of its key, to `end`.
    mutating func keep(_ key: Int, _ end: Int, into cuts: inout MemberCuts) {
        // Removed members take the comma behind them along.
        if let run { cuts.append(run.lowerBound..<key) }
        run = nil
        keptEnd = end
    }

    /// Removes the member from `key`, the start of its key, to `end`.
    mutating func cut(_ key: Int, _ end: Int) {
        run = (run?.lowerBound ?? key)..<end
    }

    /// Ends the object: members removed at its end take the comma before them along.
    mutating func finish(into cuts: inout MemberCuts) {
        if let run { cuts.append((keptEnd ?? run.lowerBound)..<run.upperBound) }
        run = nil
    }
}
