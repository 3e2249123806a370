import Foundation
import Testing

/// Thousands of interleaved admissions, streams, extensions, cuts, disconnects, full disks, crashes, top-ups and
/// deletions. A failing run prints its seed: `make sim SEED=7` replays it.
@Suite struct SimulationTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let steps = environment["SIM_STEPS"].flatMap { Int($0) } ?? 2500
    private static let seeds: [UInt64] = environment["SIM_SEED"].flatMap { UInt64($0) }.map { [$0] } ?? Array(1...12)

    @Test(arguments: seeds)
    func `no money is ever overspent, lost or made`(seed: UInt64) async throws {
        let simulation = try await Simulation(seed: seed)
        for step in 1...Self.steps {
            do {
                try await simulation.step()
                if step % 500 == 0 { try await simulation.quiesce() }
            } catch {
                Issue.record("step \(step) of seed \(seed): \(error); replay with: make sim SEED=\(seed)")
                return
            }
        }
        try await simulation.quiesce()
        // A simulation in which something never happens proves nothing about it.
        for happening in [
            "admitted", "clamped", "crash", "management call", "refused: budgetSpent", "refused: dailyLimit",
            "refused: tokensLimited", "cut", "extension",
        ] {
            #expect(simulation.counts[happening, default: 0] > 0, "\(happening) never happened")
        }
    }
}
