import Foundation
import Testing

/// Thousands of interleaved requests, streams, extensions, cuts, disconnects, broken upstreams, full disks, crashes, top-ups
/// and deletions. A failing run prints its seed and what happened last; `make sim SEED=7 TRACE=1` replays it and prints all.
@Suite struct SimulationTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let steps = environment["SIM_STEPS"].flatMap { Int($0) } ?? 2500
    /// Lines of the trace that a failure shows.
    private static let tracedLines = 60
    private static let printsTrace = environment["SIM_TRACE"] != nil
    /// How often things happened in the seeds that are done.
    @MainActor private static var counts: [String: Int] = [:]
    @MainActor private static var seedsDone = 0
    private static let seeds: [UInt64] = environment["SIM_SEED"].flatMap { UInt64($0) }.map { [$0] } ?? Array(1...12)

    @MainActor
    @Test(arguments: seeds)
    func `no money is ever overspent, lost or made`(seed: UInt64) async throws {
        let simulation = try await Simulation(seed: seed)
        for step in 1...Self.steps {
            do {
                try await simulation.step(step)
                if step % 500 == 0 { try await simulation.quiesce() }
            } catch {
                let trace = simulation.trace.lines.suffix(Self.tracedLines).joined(separator: "\n")
                Issue.record("step \(step) of seed \(seed): \(error); replay with: make sim SEED=\(seed)\n\(trace)")
                return
            }
        }
        try await simulation.quiesce()
        try simulation.close()
        if Self.printsTrace { print(simulation.trace.lines.joined(separator: "\n")) }
        Self.counts.merge(simulation.counts, uniquingKeysWith: +)
        Self.seedsDone += 1
        guard Self.seedsDone == Self.seeds.count else { return }
        // Simulations in which something never happens prove nothing about it.
        for happening in [
            "admitted", "clamped", "crash", "management call", "cut", "cut answer", "extension", "client left",
            "failed connection", "closed connection", "broken stream", "status 402: insufficient_quota",
            "status 429: daily_limit_exceeded", "status 429: tokens_per_minute_exceeded", "status 502: upstream_error",
            "status 504: upstream_error",
        ] {
            #expect(Self.counts[happening, default: 0] > 0, "\(happening) never happened")
        }
    }
}
