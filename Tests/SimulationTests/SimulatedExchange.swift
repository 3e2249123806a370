import Accounts
import Metering
import Money
import Pricing
import Synchronization

@testable import Admission
@testable import Ledger
@testable import Proxy

/// One request of the simulation: the real state machine and the real admission, around an upstream made of dice.
final class SimulatedExchange {
    let requestID: UUIDv7
    let key: KeyID
    private let admission: RequestAdmission
    private var machine = ExchangeMachine()
    private var held: HeldRequest?
    /// Output tokens that the upstream will have written at its end, whatever it was asked for.
    private let length: Int64
    private let isStreamed: Bool
    private var written: Int64 = 0
    private(set) var isOver = false
    /// Set on the ledger's side, taken over by the next step, as an event loop would.
    let holdOutcome = HoldOutcome()

    final class HoldOutcome: Sendable {
        private let value = Mutex<Bool?>(nil)
        func set(_ isDurable: Bool) { value.withLock { $0 = isDurable } }
        func take() -> Bool? {
            value.withLock { value in
                defer { value = nil }
                return value
            }
        }
    }

    init(requestID: UUIDv7, key: KeyID, admission: RequestAdmission, length: Int64, isStreamed: Bool) {
        self.requestID = requestID
        self.key = key
        self.admission = admission
        self.length = length
        self.isStreamed = isStreamed
    }

    func begin(_ held: consuming HeldRequest) {
        self.held = consume held
        perform(machine.admitted())
    }

    /// What may happen next, by a number of the dice.
    func step(_ choice: Int) {
        if let isDurable = holdOutcome.take() {
            return perform(isDurable ? machine.holdBecameDurable() : machine.holdFailed())
        }
        switch (machine.stage, choice) {
        case (.connecting, 0): perform(machine.connectFailed(timedOut: false, mayRetry: true))
        case (.connecting, 1): perform(machine.connectFailed(timedOut: true, mayRetry: false))
        case (.connecting, _): perform(machine.connected())
        case (.pausing, _): perform(machine.pauseEnded())
        case (.sent, 0): perform(machine.upstreamClosed(wasReused: true))
        case (.sent, 1): perform(machine.timedOut())
        case (.sent, _): perform(machine.answerBegan())
        case (.answering, 0): perform(machine.answerEnded(mayRetry: written == 0))
        case (.answering, 1): perform(machine.upstreamClosed(wasReused: false))
        case (.answering, _): write()
        case (.receiving, _), (.complete, _): break
        }
    }

    func clientLeaves() { perform(machine.clientWentAway(drains: held?.disconnect != .cancel)) }

    private func write() {
        guard machine.isHoldDurable || !isStreamed else { return }
        written = min(length, written + max(1, length / 5))
        if isStreamed, !affords() { return perform(machine.cut()) }
        if written == length { perform(machine.answerEnded()) }
    }

    private func affords() -> Bool {
        guard var request = held.take() else { return true }
        let isCovered = admission.extend(&request, toCover: request.price.cost(of: TokenUsage(output: written)))
        held = consume request
        return isCovered
    }

    private func perform(_ action: ExchangeMachine.Action) {
        switch action {
        case .wait, .connect, .send, .returnConnection, .release, .drain, .cancel, .pause: break
        case .forget: isOver = true
        case .finish(let ending): finish(ending)
        }
    }

    private func finish(_ ending: ExchangeMachine.Ending) {
        isOver = true
        guard let request = held.take() else { return }
        if ending == .holdFailed { return admission.abandon(request) }
        let source: UsageSource =
            switch ending {
            case .answered: .reported
            case .cut, .clientGone, .broken: written > 0 ? .estimated : .none
            default: .none
            }
        _ = admission.settle(
            request,
            RequestOutcome(
                usage: TokenUsage(input: 3, output: written), usageSource: source, durationMilliseconds: 1,
                firstByteMilliseconds: 1, status: 200, ending: ending == .cut ? .cut : .complete))
    }
}
