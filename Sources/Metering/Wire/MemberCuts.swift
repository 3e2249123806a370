/// Ranges of an answer that are to be removed.
typealias MemberCuts = [Range<Int>]

/// Removes members of one object together with the right comma, so that what is left is valid JSON.
struct ObjectCuts {
    private var keptEnd: Int?
    private var run: Range<Int>?

    /// The member whose key starts at `key`, and which ends at `end`, stays.
    mutating func keep(_ key: Int, _ end: Int, into cuts: inout MemberCuts) {
        // Members that go take the comma behind them along.
        if let run { cuts.append(run.lowerBound..<key) }
        run = nil
        keptEnd = end
    }

    /// The member whose key starts at `key`, and which ends at `end`, goes.
    mutating func cut(_ key: Int, _ end: Int) {
        run = (run?.lowerBound ?? key)..<end
    }

    /// The object is over: members that go at its end take the comma before them along.
    mutating func finish(into cuts: inout MemberCuts) {
        if let run { cuts.append((keptEnd ?? run.lowerBound)..<run.upperBound) }
        run = nil
    }
}
