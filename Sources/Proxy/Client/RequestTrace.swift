import Accounts
import Admission
import Ledger
import Money
import Observability
import Timekeeping

/// Collects the record of one request while it runs, and gives it to the observers when the request has ended on both
/// sides: the client's answer, and the exchange, which may outlive its client to read the usage.
///
/// Made only if there are observers. Lives on one event loop.
final class RequestTrace {
    var record: ExchangeRecord
    private let observers: [any ExchangeObserver]
    private let time: any TimeSource
    private var isClientServed = false
    private var isExchangeRunning = false
    private var isRefused = false
    private var exchangeEnding: ExchangeRecord.Ending?

    init(observers: [any ExchangeObserver], time: any TimeSource) {
        self.observers = observers
        self.time = time
        record = ExchangeRecord(receivedAt: time.now(), received: time.monotonicNanoseconds())
    }

    // MARK: The connection

    /// The head of the answer is written.
    func answerBegan(status: UInt) {
        record.status = Int(status)
        record.phases.answered = time.monotonicNanoseconds()
    }

    /// The answer is written, or the client is gone.
    func clientEnded(isGone: Bool) {
        guard !isClientServed else { return }
        isClientServed = true
        if isGone {
            if record.phases.answered == nil { record.status = 499 }
            record.ending = .disconnected
        }
        deliverIfOver()
    }

    /// The gateway answers with an error of its own.
    func refused(code: String?) {
        isRefused = true
        record.refusalCode = code
    }

    // MARK: The exchange

    /// The key of the request is known.
    func identified(_ principal: Principal) {
        record.accountID = principal.accountID
        record.keyID = principal.publicID
    }

    /// The request was admitted: an exchange runs until ``exchangeEnded()``.
    func exchangeBegan() {
        isExchangeRunning = true
        record.phases.admitted = time.monotonicNanoseconds()
        record.attempts = 1
    }

    /// The head of the upstream's answer arrived.
    func upstreamAnswered() {
        record.phases.upstreamAnswered = time.monotonicNanoseconds()
    }

    /// The request was charged.
    func settled(_ outcome: RequestOutcome, cost: NanoUSD) {
        record.usage = outcome.usage
        record.usageSource = outcome.usageSource
        record.terms = outcome.terms
        record.flags = outcome.flags
        record.cost = cost
        record.failedAttempts = outcome.failedAttempts
        record.attempts = outcome.attempts
        exchangeEnding =
            switch outcome.ending {
            case .complete: nil
            case .cut: .cut
            case .disconnected: .disconnected
            case .failed: .failed
            case .interrupted: .interrupted
            }
    }

    /// Nothing more is read from the upstream, and the request is charged.
    func exchangeEnded() {
        isExchangeRunning = false
        deliverIfOver()
    }

    private func deliverIfOver() {
        guard isClientServed, !isExchangeRunning else { return }
        record.phases.ended = time.monotonicNanoseconds()
        if let exchangeEnding {
            record.ending = exchangeEnding
        } else if record.ending == .complete, isRefused {
            record.ending = .refused
        }
        for observer in observers { observer.requestEnded(record) }
    }
}
