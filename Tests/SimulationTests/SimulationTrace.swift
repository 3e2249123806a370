/// What happened in a simulation, one line a step. Kept whole, so that a failing seed can be read from its beginning.
struct SimulationTrace {
    private(set) var lines: [String] = []
    private var step = 0

    /// Begins a step.
    mutating func begin(step: Int) { self.step = step }

    /// Adds what happened in the step.
    mutating func add(_ event: String) { lines.append("\(step): \(event)") }
}
