import Accounts
import Admission
import Ledger
import Logging
import Timekeeping

/// Times and failed attempts of an exchange, for its row in the ledger and for observers.
///
/// Moments are monotonic nanoseconds.
struct ExchangeProgress {
    /// When the request's head came, by the clock.
    let startedAt: Timestamp
    /// When the request's head came.
    let started: Int64
    /// When the request was admitted.
    var admitted: Int64?
    /// When the client's answer began; for a whole answer its end is near.
    private(set) var firstByte: Int64?
    /// When something was last written into the client's answer.
    private(set) var lastWrite: Int64 = 0
    /// The status that the client got.
    private(set) var status: Int?
    /// Attempts whose answer was not the client's.
    private(set) var failedAttempts: [FailedAttempt] = []

    init(startedAt: Timestamp, started: Int64) {
        self.startedAt = startedAt
        self.started = started
    }

    /// The client's answer began.
    mutating func answerBegan(status: Int, now: Int64) {
        self.status = status
        firstByte = now
        lastWrite = now
    }

    /// Something was written into the client's answer.
    mutating func wrote(now: Int64) { lastWrite = now }

    /// Records an attempt that is followed by another.
    mutating func failed(_ attempt: FailedAttempt, of requestID: UUIDv7, _ logger: Logger) {
        failedAttempts.append(attempt)
        logger.info(
            "upstream failed; trying again",
            metadata: [
                "request": "\(requestID.requestText)", "attempt": "\(failedAttempts.count)",
                "reason": "\(attempt.reason)",
            ])
    }

    /// Returns the outcome of the exchange that ends now.
    func outcome(of conclusion: Conclusion, isClientPresent: Bool, now: Int64) -> RequestOutcome {
        let firstByte = firstByte ?? (isClientPresent ? now : nil)
        return RequestOutcome(
            usage: conclusion.usage.usage, usageSource: conclusion.usage.source, terms: conclusion.usage.terms,
            flags: conclusion.usage.flags, upstreamCost: conclusion.usage.upstreamCost,
            durationMilliseconds: milliseconds(until: now), firstByteMilliseconds: firstByte.map(milliseconds(until:)),
            status: conclusion.status, ending: conclusion.ending, failedAttempts: failedAttempts,
            attempts: failedAttempts.count + 1)
    }

    /// Returns a moment as milliseconds since the request's head came.
    func milliseconds(until moment: Int64) -> Int64 { (moment - started) / 1_000_000 }
}
