import TestSupport
import Testing

@testable import Proxy

/// Events in every order: an admitted exchange finishes exactly once, after its hold is known, sends nothing before its hold
/// is durable, and does nothing afterwards.
@Suite struct ExchangeMachineSequenceTests {
    @Test func `no short sequence of events breaks a promise`() {
        var explored = 0
        func explore(_ run: Run, depth: Int) {
            explored += 1
            guard depth > 0 else { return }
            for event in Event.allCases {
                var next = run
                next.happen(event)
                explore(next, depth: depth - 1)
            }
        }
        explore(Run(), depth: 4)
        #expect(explored > 100_000)
    }

    @Test(arguments: 0..<20)
    func `no long random sequence of events breaks a promise`(seed: UInt64) {
        var random = SeededGenerator(state: seed)
        var finished = 0
        for _ in 0..<500 {
            var run = Run()
            for _ in 0..<60 {
                guard let event = Event.allCases.randomElement(using: &random) else { continue }
                run.happen(event)
            }
            // Whatever happened: a known hold and a stop end it.
            run.happen(.holdDurable)
            run.happen(.stop)
            #expect(run.finished == 1)
            #expect(run.machine.state == .complete)
            finished += run.finished
        }
        #expect(finished == 500)
    }

    private enum Event: CaseIterable {
        case holdDurable, holdFailed, connected, unreachable, headCame, streamBegan, continued, allowanceUsed, cut,
            answerEnded, failingStatus, brokenOff, stale, timedOut, clientLeft, clientLeftUndrained, timePassed,
            silence,
            stop
    }

    /// A machine, and what has become of it.
    private struct Run {
        var machine: ExchangeMachine
        var isHoldKnown = false
        var isHoldDurable = false
        var isClientPresent = true
        var finished = 0
        var now: Int64 = 0

        init() {
            machine = ExchangeMachine(limits: .test, now: 0)
            _ = machine.admitted()
        }

        mutating func happen(_ event: Event) {
            guard isPossible(event) else { return }
            let wasFinished = finished > 0
            let action = apply(event)
            switch action {
            case .finish(_, let delivery):
                finished += 1
                #expect(isHoldKnown)
                #expect((delivery == .clientGone) == !isClientPresent)
                if delivery == .streamBegan { #expect(isHoldDurable) }
            case .beginStream, .ping, .extendHold: #expect(isHoldDurable)
            case .forget: Issue.record("an admitted exchange is dropped")
            default: break
            }
            if wasFinished { #expect(action == .wait || action == .releaseConnection) }
            if machine.passage == .send { #expect(isHoldDurable && isClientPresent) }
            #expect(finished <= 1)
        }

        /// The hold and the client's leaving are told once.
        private func isPossible(_ event: Event) -> Bool {
            switch event {
            case .holdDurable, .holdFailed: !isHoldKnown
            case .clientLeft, .clientLeftUndrained: isClientPresent
            default: true
            }
        }

        private mutating func apply(_ event: Event) -> ExchangeMachine.Action {
            switch event {
            case .holdDurable:
                (isHoldKnown, isHoldDurable) = (true, true)
                return machine.holdBecameDurable()
            case .holdFailed:
                isHoldKnown = true
                return machine.holdFailed()
            case .connected: return machine.connected()
            case .unreachable: return machine.attemptFailed(.unreachable(timedOut: false), now: now)
            case .headCame: return machine.answerBegan()
            case .streamBegan: return machine.streamBegan()
            case .continued: return machine.answerContinued(byteCount: 400)
            case .allowanceUsed: return machine.allowanceUsed()
            case .cut: return machine.cut()
            case .answerEnded: return machine.answerEnded()
            case .failingStatus: return machine.attemptFailed(.status(503, retryAfter: nil), now: now)
            case .brokenOff: return machine.attemptFailed(.brokenOff, now: now)
            case .stale: return machine.attemptFailed(.staleConnection, now: now)
            case .timedOut: return machine.attemptFailed(.timedOut, now: now)
            case .clientLeft, .clientLeftUndrained:
                isClientPresent = false
                return machine.clientLeft(drains: event == .clientLeft, now: now)
            case .timePassed:
                now += 60
                return machine.timePassed(now: now, isSilent: false)
            case .silence: return machine.timePassed(now: now, isSilent: true)
            case .stop: return machine.stop()
            }
        }
    }
}
