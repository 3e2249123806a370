import TestSupport
import Testing

@testable import Proxy

@Suite struct ExchangeMachineTests {
    // MARK: Attempts

    @Test func `a failed connection is followed by another attempt after a pause`() {
        var machine = admitted()
        #expect(machine.attemptFailed(.unreachable(timedOut: false), now: 0) == .pause)
        #expect(machine.timePassed(now: Self.pause - 1, isSilent: false) == .wait)
        #expect(machine.timePassed(now: Self.pause, isSilent: false) == .connect)
        #expect(machine.connected() == .send)
        _ = machine.holdBecameDurable()
        #expect(machine.answerBegan(isStream: true) == .beginStream)
        #expect(machine.timePassed(now: Self.pause, isSilent: false) == .wait)
    }

    @Test func `no more attempts are made than are allowed`() {
        var machine = admitted(isDurable: true)
        _ = machine.attemptFailed(.unreachable(timedOut: false), now: 0)
        _ = machine.timePassed(now: Self.pause, isSilent: false)
        #expect(
            machine.attemptFailed(.unreachable(timedOut: false), now: Self.pause) == .finish(.unreachable, .nothing))
    }

    @Test(arguments: [true, false])
    func `a failing answer is dropped and another attempt made`(isDurableEarly: Bool) {
        var machine = admitted(isDurable: isDurableEarly)
        _ = machine.connected()
        _ = machine.answerBegan(isStream: false)
        #expect(machine.attemptFailed(.status(503, retryAfter: nil), now: 0) == .pause)
        #expect(machine.passage == .discard)
        if !isDurableEarly { #expect(machine.holdBecameDurable() == .wait) }
        #expect(machine.timePassed(now: Self.pause, isSilent: false) == .connect)
        _ = machine.connected()
        #expect(machine.answerBegan(isStream: true) == .beginStream)
        #expect(machine.answerEnded() == .finish(.answered, .streamBegan))
    }

    @Test func `the last failing answer is the client's`() {
        var machine = admitted(isDurable: true)
        _ = machine.connected()
        _ = machine.answerBegan(isStream: false)
        #expect(machine.attemptFailed(.status(429, retryAfter: 3600), now: 0) == .finish(.answered, .nothing))
    }

    @Test func `a stale connection is replaced at once`() {
        var machine = admitted()
        _ = machine.connected()
        #expect(machine.attemptFailed(.staleConnection, now: 0) == .retry)
        #expect(machine.connected() == .send)
        _ = machine.holdBecameDurable()
        #expect(machine.attemptFailed(.brokenOff, now: 0) == .finish(.broken, .nothing))
    }

    @Test func `no attempt is made for a client that has left`() {
        var pausing = admitted(isDurable: true)
        _ = pausing.attemptFailed(.unreachable(timedOut: false), now: 0)
        #expect(pausing.clientLeft(drains: true, now: 0) == .finish(.clientGone, .clientGone))
        #expect(pausing.timePassed(now: Self.pause, isSilent: false) == .wait)
        var draining = admitted(isDurable: true)
        _ = draining.connected()
        #expect(draining.clientLeft(drains: true, now: 0) == .drain)
        var stale = draining
        #expect(stale.attemptFailed(.staleConnection, now: 0) == .finish(.broken, .clientGone))
        _ = draining.answerBegan(isStream: false)
        #expect(
            draining.attemptFailed(.status(503, retryAfter: nil), now: 0) == .finish(.answered, .clientGone))
    }

    @Test(arguments: [true, false])
    func `an upstream that cannot be reached ends the exchange`(timedOut: Bool) {
        var machine = ExchangeMachine(limits: .test(attempts: 1), now: 0)
        _ = machine.admitted()
        _ = machine.holdBecameDurable()
        #expect(
            machine.attemptFailed(.unreachable(timedOut: timedOut), now: 0)
                == .finish(timedOut ? .timedOut : .unreachable, .nothing))
    }

    @Test func `an upstream that is too slow ends the exchange without another attempt`() {
        var machine = admitted(isDurable: true)
        _ = machine.connected()
        #expect(machine.attemptFailed(.timedOut, now: 0) == .finish(.timedOut, .nothing))
    }

    // MARK: Hold

    @Test func `a hold that fails during a pause ends the exchange`() {
        var machine = admitted()
        _ = machine.attemptFailed(.unreachable(timedOut: false), now: 0)
        #expect(machine.holdFailed() == .finish(.holdFailed, .nothing))
        #expect(machine.timePassed(now: Self.pause, isSilent: false) == .wait)
    }

    @Test func `a stream whose hold is durable is sent as it comes`() {
        var machine = admitted(isDurable: true)
        _ = machine.connected()
        #expect(machine.answerBegan(isStream: true) == .beginStream)
        #expect(machine.passage == .send)
        #expect(machine.answerEnded() == .finish(.answered, .streamBegan))
    }

    @Test func `no byte of a stream is sent before its hold is durable`() {
        var machine = admitted()
        _ = machine.connected()
        #expect(machine.answerBegan(isStream: true) == .wait)
        #expect(machine.passage == .keep)
        #expect(machine.holdBecameDurable() == .beginStream)
        #expect(machine.passage == .send)
    }

    @Test func `a whole answer begins nothing before its end`() {
        var machine = admitted()
        _ = machine.connected()
        #expect(machine.answerBegan(isStream: false) == .wait)
        #expect(machine.holdBecameDurable() == .wait)
        #expect(machine.passage == .keep)
        #expect(machine.answerEnded() == .finish(.answered, .nothing))
    }

    @Test func `an answer that is complete before its hold is durable waits for it`() {
        var machine = admitted()
        _ = machine.connected()
        _ = machine.answerBegan(isStream: true)
        #expect(machine.answerEnded() == .cancel)
        #expect(machine.holdBecameDurable() == .finish(.answered, .nothing))
    }

    @Test func `a client that leaves while its hold is waited for is not answered`() {
        var machine = admitted()
        _ = machine.connected()
        _ = machine.answerBegan(isStream: true)
        _ = machine.answerEnded()
        #expect(machine.clientLeft(drains: true, now: 0) == .wait)
        #expect(machine.holdBecameDurable() == .finish(.answered, .clientGone))
    }

    @Test func `a hold that cannot be written ends the exchange whatever the upstream does`() {
        var machine = admitted()
        _ = machine.connected()
        _ = machine.answerBegan(isStream: true)
        #expect(machine.holdFailed() == .finish(.holdFailed, .nothing))
        #expect(machine.answerEnded() == .wait)
    }

    @Test func `a hold that fails after the answer is complete still ends as failed`() {
        var machine = admitted()
        _ = machine.connected()
        _ = machine.answerBegan(isStream: true)
        _ = machine.answerEnded()
        #expect(machine.holdFailed() == .finish(.holdFailed, .nothing))
    }

    @Test func `what costs nothing waits for no hold`() {
        var machine = ExchangeMachine(limits: .test, now: 0)
        #expect(machine.admittedWithoutHold() == .connect)
        #expect(machine.connected() == .send)
        #expect(machine.answerBegan(isStream: true) == .beginStream)
        #expect(machine.answerEnded() == .finish(.answered, .streamBegan))
    }

    // MARK: Money

    @Test func `a stream is cut once`() {
        var machine = admitted(isDurable: true)
        _ = machine.connected()
        _ = machine.answerBegan(isStream: true)
        #expect(machine.cut() == .finish(.cut, .streamBegan))
        #expect(machine.cut() == .wait)
        #expect(machine.answerEnded() == .wait)
    }

    @Test func `the hold is raised only once it is durable; until then the stream is read ahead`() {
        var machine = admitted()
        _ = machine.connected()
        _ = machine.answerBegan(isStream: true)
        #expect(machine.allowanceUsed() == .readAhead)
        _ = machine.holdBecameDurable()
        #expect(machine.allowanceUsed() == .extendHold)
        _ = machine.answerEnded()
        #expect(machine.allowanceUsed() == .wait)
    }

    // MARK: Broken connections

    @Test func `an answer that breaks in the middle is not tried again`() {
        for isStream in [true, false] {
            var machine = admitted(isDurable: true)
            _ = machine.connected()
            _ = machine.answerBegan(isStream: isStream)
            #expect(
                machine.attemptFailed(.brokenOff, now: 0) == .finish(.broken, isStream ? .streamBegan : .nothing))
        }
    }

    // MARK: Client

    @Test func `a client that leaves while its request is read leaves nothing behind`() {
        var machine = ExchangeMachine(limits: .test, now: 0)
        #expect(machine.clientLeft(drains: true, now: 0) == .forget)
    }

    @Test func `a client that leaves before its request is sent costs nothing`() {
        var machine = admitted(isDurable: true)
        #expect(machine.clientLeft(drains: true, now: 0) == .finish(.clientGone, .clientGone))
        #expect(machine.connected() == .releaseConnection)
    }

    @Test func `an answer is read on for a client that left, and not sent`() {
        var machine = admitted(isDurable: true)
        _ = machine.connected()
        _ = machine.answerBegan(isStream: true)
        #expect(machine.clientLeft(drains: true, now: 0) == .drain)
        #expect(machine.passage == .discard)
        #expect(machine.answerEnded() == .finish(.answered, .clientGone))
    }

    @Test func `an answer of a client that left is not begun`() {
        var machine = admitted()
        _ = machine.connected()
        _ = machine.clientLeft(drains: true, now: 0)
        #expect(machine.answerBegan(isStream: true) == .wait)
        #expect(machine.holdBecameDurable() == .wait)
    }

    @Test func `a client that left is drained for no longer than allowed`() {
        var machine = admitted(isDurable: true)
        _ = machine.connected()
        _ = machine.clientLeft(drains: true, now: 5)
        #expect(machine.timePassed(now: 105, isSilent: false) == .wait)
        #expect(machine.timePassed(now: 106, isSilent: false) == .finish(.clientGone, .clientGone))
    }

    @Test(arguments: [true, false])
    func `a client that left is drained of no more bytes than allowed`(isStream: Bool) {
        var machine = admitted(isDurable: true)
        _ = machine.connected()
        _ = machine.clientLeft(drains: true, now: 0)
        _ = machine.answerBegan(isStream: isStream)
        #expect(machine.answerContinued(byteCount: 900) == .wait)
        #expect(machine.answerContinued(byteCount: 100) == .wait)
        #expect(machine.answerContinued(byteCount: 1) == .finish(.clientGone, .clientGone))
    }

    @Test func `an account that does not drain cancels the upstream when its client leaves`() {
        var machine = admitted(isDurable: true)
        _ = machine.connected()
        _ = machine.answerBegan(isStream: true)
        #expect(machine.clientLeft(drains: false, now: 0) == .finish(.clientGone, .clientGone))
    }

    // MARK: Time

    @Test func `an exchange that takes too long ends, whatever it waits for`() {
        var machine = admitted(isDurable: true)
        #expect(machine.timePassed(now: 10_000, isSilent: false) == .wait)
        #expect(machine.timePassed(now: 10_001, isSilent: false) == .finish(.timedOut, .nothing))
    }

    @Test func `only a stream that has begun is kept alive`() {
        var machine = admitted()
        _ = machine.connected()
        #expect(machine.timePassed(now: 1, isSilent: true) == .wait)
        _ = machine.answerBegan(isStream: true)
        #expect(machine.timePassed(now: 1, isSilent: true) == .wait)
        _ = machine.holdBecameDurable()
        #expect(machine.timePassed(now: 1, isSilent: false) == .wait)
        #expect(machine.timePassed(now: 1, isSilent: true) == .ping)
        _ = machine.clientLeft(drains: true, now: 1)
        #expect(machine.timePassed(now: 1, isSilent: true) == .wait)
    }

    // MARK: Pieces

    /// Nanoseconds before the second attempt.
    static let pause: Int64 = 50

    private func admitted(isDurable: Bool = false) -> ExchangeMachine {
        var machine = ExchangeMachine(limits: .test, now: 0)
        #expect(machine.admitted() == .connect)
        if isDurable { #expect(machine.holdBecameDurable() == .wait) }
        return machine
    }
}

extension ExchangeLimits {
    static let test = test(attempts: 2)

    static func test(attempts: Int) -> ExchangeLimits {
        ExchangeLimits(
            retry: RetryPolicy(
                attempts: attempts, firstPause: ExchangeMachineTests.pause, longestPause: 5_000_000_000),
            total: 10_000, drainTime: 100, drainBytes: 1000)
    }
}
