import Testing

@testable import Proxy

@Suite struct ExchangeMachineTests {
    @Test func `a failed connection is followed by another attempt after a pause`() {
        var machine = ExchangeMachine()
        _ = machine.admitted()
        #expect(machine.connectFailed(timedOut: false, mayRetry: true) == .pause)
        #expect(machine.pauseEnded() == .connect)
        #expect(machine.connected() == .send)
        _ = machine.holdBecameDurable()
        #expect(machine.connectFailed(timedOut: false, mayRetry: true) == .wait)
        #expect(machine.answerBegan() == .release)
        #expect(machine.pauseEnded() == .wait)
    }

    @Test func `a failing answer is forgotten and another attempt made, whenever the hold becomes durable`() {
        for isEarly in [true, false] {
            var machine = ExchangeMachine()
            _ = machine.admitted()
            _ = machine.connected()
            if isEarly { _ = machine.holdBecameDurable() }
            _ = machine.answerBegan()
            #expect(machine.answerEnded(mayRetry: true) == .pause)
            #expect(!machine.isRelaying)
            if !isEarly { #expect(machine.holdBecameDurable() == .wait) }
            #expect(machine.pauseEnded() == .connect)
            _ = machine.connected()
            #expect(machine.answerBegan() == .release)
            #expect(machine.answerEnded() == .finish(.answered))
        }
    }

    @Test func `nobody is waited for when the client has gone`() {
        var machine = ExchangeMachine()
        _ = machine.admitted()
        _ = machine.holdBecameDurable()
        _ = machine.connectFailed(timedOut: false, mayRetry: true)
        #expect(machine.clientWentAway(drains: true) == .finish(.clientGone))
        #expect(machine.pauseEnded() == .wait)
        var draining = ExchangeMachine()
        _ = draining.admitted()
        _ = draining.holdBecameDurable()
        _ = draining.connected()
        #expect(draining.clientWentAway(drains: true) == .drain)
        _ = draining.answerBegan()
        #expect(draining.answerEnded(mayRetry: true) == .finish(.answered))
    }

    @Test func `a hold that fails during a pause ends the exchange`() {
        var machine = ExchangeMachine()
        _ = machine.admitted()
        _ = machine.connectFailed(timedOut: false, mayRetry: true)
        #expect(machine.holdFailed() == .finish(.holdFailed))
        #expect(machine.pauseEnded() == .wait)
    }

    @Test func `a stream is cut once`() {
        var machine = ExchangeMachine()
        _ = machine.admitted()
        _ = machine.connected()
        _ = machine.holdBecameDurable()
        _ = machine.answerBegan()
        #expect(machine.cut() == .finish(.cut))
        #expect(machine.cut() == .wait && machine.answerEnded() == .wait)
    }

    @Test func `an answer that comes after its hold is durable is released at once`() {
        var machine = ExchangeMachine()
        #expect(machine.admitted() == .connect)
        #expect(machine.connected() == .send)
        #expect(machine.holdBecameDurable() == .wait)
        #expect(machine.answerBegan() == .release)
        #expect(machine.isRelaying)
        #expect(machine.answerEnded() == .finish(.answered))
    }

    @Test func `no byte of an answer is released before its hold is durable`() {
        var machine = ExchangeMachine()
        _ = machine.admitted()
        _ = machine.connected()
        #expect(machine.answerBegan() == .wait)
        #expect(!machine.isRelaying)
        #expect(machine.holdBecameDurable() == .release)
        #expect(machine.isRelaying)
    }

    @Test func `an answer that is complete before its hold is durable waits for it`() {
        var machine = ExchangeMachine()
        _ = machine.admitted()
        _ = machine.connected()
        _ = machine.answerBegan()
        #expect(machine.answerEnded() == .cancel)
        #expect(machine.holdBecameDurable() == .finish(.answered))
    }

    @Test func `a hold that cannot be written ends the exchange whatever the upstream does`() {
        var machine = ExchangeMachine()
        _ = machine.admitted()
        _ = machine.connected()
        _ = machine.answerBegan()
        #expect(machine.holdFailed() == .finish(.holdFailed))
        #expect(machine.answerEnded() == .wait)
    }

    @Test func `a hold that fails after the answer is complete still ends as failed`() {
        var machine = ExchangeMachine()
        _ = machine.admitted()
        _ = machine.connected()
        _ = machine.answerBegan()
        _ = machine.answerEnded()
        #expect(machine.holdFailed() == .finish(.holdFailed))
    }

    @Test func `a reused connection that closes before any answer is tried again on another`() {
        var machine = ExchangeMachine()
        _ = machine.admitted()
        _ = machine.connected()
        #expect(machine.upstreamClosed(wasReused: true) == .connect)
        #expect(machine.connected() == .send)
        _ = machine.holdBecameDurable()
        #expect(machine.upstreamClosed(wasReused: false) == .finish(.broken))
    }

    @Test func `a connection that closes in the middle of an answer is not tried again`() {
        var machine = ExchangeMachine()
        _ = machine.admitted()
        _ = machine.holdBecameDurable()
        _ = machine.connected()
        _ = machine.answerBegan()
        #expect(machine.upstreamClosed(wasReused: true) == .finish(.broken))
    }

    @Test func `a client that leaves while its request is read leaves nothing behind`() {
        var machine = ExchangeMachine()
        #expect(machine.clientWentAway(drains: true) == .forget)
    }

    @Test func `a client that leaves before its request is sent costs nothing`() {
        var machine = ExchangeMachine()
        _ = machine.admitted()
        _ = machine.holdBecameDurable()
        #expect(machine.clientWentAway(drains: true) == .finish(.clientGone))
        #expect(machine.connected() == .returnConnection)
    }

    @Test func `an answer is read on for a client that left, and not relayed`() {
        var machine = ExchangeMachine()
        _ = machine.admitted()
        _ = machine.holdBecameDurable()
        _ = machine.connected()
        _ = machine.answerBegan()
        #expect(machine.clientWentAway(drains: true) == .drain)
        #expect(!machine.isRelaying)
        #expect(machine.answerEnded() == .finish(.answered))
    }

    @Test func `draining ends when it has lasted long enough`() {
        var machine = ExchangeMachine()
        _ = machine.admitted()
        _ = machine.holdBecameDurable()
        _ = machine.connected()
        _ = machine.clientWentAway(drains: true)
        #expect(machine.drainedEnough() == .finish(.clientGone))
    }

    @Test(arguments: [true, false])
    func `an upstream that cannot be reached ends the exchange`(timedOut: Bool) {
        var machine = ExchangeMachine()
        _ = machine.admitted()
        _ = machine.holdBecameDurable()
        #expect(
            machine.connectFailed(timedOut: timedOut, mayRetry: false) == .finish(timedOut ? .timedOut : .unreachable))
    }

    @Test func `what costs nothing waits for no hold`() {
        var machine = ExchangeMachine()
        #expect(machine.admittedWithoutHold() == .connect)
        #expect(machine.connected() == .send)
        #expect(machine.answerBegan() == .release)
        #expect(machine.answerEnded() == .finish(.answered))
    }

    /// Every sequence of events up to a length: an admitted exchange finishes at most once, and never releases
    /// before its hold is durable.
    @Test func `no order of events finishes twice or releases early`() {
        var explored = 0
        func explore(_ machine: ExchangeMachine, isDurable: Bool, finished: Int, depth: Int) {
            explored += 1
            guard depth > 0 else { return }
            for event in Event.allCases {
                var next = machine
                guard let action = event.apply(to: &next) else { continue }
                let durable = isDurable || event == .holdDurable
                if action == .release { #expect(durable) }
                var count = finished
                if case .finish = action { count += 1 }
                #expect(count <= 1)
                explore(next, isDurable: durable, finished: count, depth: depth - 1)
            }
        }
        var machine = ExchangeMachine()
        _ = machine.admitted()
        explore(machine, isDurable: false, finished: 0, depth: 6)
        #expect(explored > 10_000)
    }

    private enum Event: CaseIterable {
        case holdDurable, holdFailed, connected, connectFailed, answerBegan, answerEnded, upstreamClosed, staleClosed,
            timedOut, clientGone, drained, stop

        /// Returns the action, or nil where the event cannot happen.
        func apply(to machine: inout ExchangeMachine) -> ExchangeMachine.Action? {
            switch self {
            case .holdDurable: machine.isHoldKnown ? nil : machine.holdBecameDurable()
            case .holdFailed: machine.isHoldKnown ? nil : machine.holdFailed()
            case .connected: machine.connected()
            case .connectFailed: machine.connectFailed(timedOut: false, mayRetry: false)
            case .answerBegan: machine.stage == .sent ? machine.answerBegan() : nil
            case .answerEnded: machine.stage == .answering ? machine.answerEnded() : nil
            case .upstreamClosed: machine.upstreamClosed(wasReused: false)
            case .staleClosed: machine.upstreamClosed(wasReused: true)
            case .timedOut: machine.timedOut()
            case .clientGone: machine.isClientPresent ? machine.clientWentAway(drains: true) : nil
            case .drained: machine.isClientPresent ? nil : machine.drainedEnough()
            case .stop: machine.stop()
            }
        }
    }
}
