import Testing

@testable import Proxy

@Suite struct RetryPolicyTests {
    private let policy = RetryPolicy(attempts: 3, firstPause: 100, longestPause: 5_000_000_000)

    @Test func `the pause doubles with each attempt that cannot connect`() {
        let failure = AttemptFailure.unreachable(timedOut: false)
        #expect(policy.decide(after: failure, failures: 0, answerBegan: false) == .retry(after: 100))
        #expect(policy.decide(after: failure, failures: 1, answerBegan: false) == .retry(after: 200))
    }

    @Test func `no more attempts are made than are allowed`() {
        for failure in [AttemptFailure.unreachable(timedOut: true), .status(503, retryAfter: nil)] {
            #expect(policy.decide(after: failure, failures: 2, answerBegan: false) == .giveUp(.attemptsUsed))
            let once = RetryPolicy(attempts: 1, longestPause: .max)
            #expect(once.decide(after: failure, failures: 0, answerBegan: false) == .giveUp(.attemptsUsed))
        }
    }

    @Test func `the upstream's Retry-After is the pause`() {
        #expect(
            policy.decide(after: .status(429, retryAfter: 2), failures: 1, answerBegan: false)
                == .retry(after: 2_000_000_000))
    }

    @Test func `an upstream that asks for more than the longest pause is not tried again`() {
        #expect(
            policy.decide(after: .status(429, retryAfter: 6), failures: 0, answerBegan: false)
                == .giveUp(.pauseTooLong))
        let slow = RetryPolicy(attempts: 99, firstPause: 1 << 30, longestPause: 5_000_000_000)
        #expect(
            slow.decide(after: .unreachable(timedOut: false), failures: 5, answerBegan: false)
                == .giveUp(.pauseTooLong))
    }

    @Test func `a stale connection is replaced at once, however many attempts failed`() {
        #expect(policy.decide(after: .staleConnection, failures: 50, answerBegan: false) == .retry(after: 0))
    }

    @Test(arguments: [AttemptFailure.brokenOff, .timedOut])
    func `a request that may have been served is not sent again`(failure: AttemptFailure) {
        #expect(policy.decide(after: failure, failures: 0, answerBegan: false) == .giveUp(.mayHaveBeenServed))
    }

    @Test(arguments: [AttemptFailure.staleConnection, .status(500, retryAfter: nil), .unreachable(timedOut: false)])
    func `nothing is tried again once the client has a part of the answer`(failure: AttemptFailure) {
        #expect(policy.decide(after: failure, failures: 0, answerBegan: true) == .giveUp(.answerBegan))
    }
}
