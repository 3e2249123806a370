import Admission
import Metering
import Money
import NIOHTTP1
import Synchronization
import Timekeeping

/// The health status of an upstream, and what it refuses, as requests find it: no request is made for it.
final class UpstreamHealth: Sendable {
    private struct State {
        var lastAnswer: Int64?
        var lastFailure: (at: Int64, reason: String)?
        var consecutiveFailures = 0
        var balance: (amount: NanoUSD, at: Int64)?
    }

    private let state = Mutex(State())
    private let usageOptionRefused = Atomic(false)

    /// The upstream has refused the option that asks for usage in streams; it is not sent again while the process lives.
    var refusesUsageOption: Bool { usageOptionRefused.load(ordering: .relaxed) }

    /// Records that the upstream refuses the option that asks for usage in streams.
    func refuseUsageOption() { usageOptionRefused.store(true, ordering: .relaxed) }

    /// Records the head of an answer. One that says that the account is refused or empty, or that the upstream is
    /// overloaded or failing, is a failure.
    ///
    /// - Parameter now: Monotonic nanoseconds.
    func answered(_ head: HTTPResponseHead, now: Int64) {
        switch head.status.code {
        case 401, 402, 403, 429, 500...: return failed("status \(head.status.code)", now: now)
        default: break
        }
        state.withLock { state in
            // The fields are searched once a second at most.
            if now - (state.lastAnswer ?? .min / 2) > 1_000_000_000, let amount = Self.balance(head.headers) {
                state.balance = (amount, now)
            }
            state.lastAnswer = now
            state.consecutiveFailures = 0
        }
    }

    /// Records a failed attempt.
    func failed(_ reason: String, now: Int64) {
        state.withLock { state in
            state.lastFailure = (now, reason)
            state.consecutiveFailures += 1
        }
    }

    /// The account's balance, which aggregators send in a header field of their answers: `x-...-balance`, in USD.
    private static func balance(_ headers: HTTPHeaders) -> NanoUSD? {
        headers.first { name, _ in
            let name = name.lowercased()
            return name.hasPrefix("x-") && name.hasSuffix("-balance")
        }.flatMap { NanoUSD(decimal: $0.value) }
    }

    func report(_ upstreamProtocol: UpstreamProtocol, _ upstream: Upstream, _ time: any TimeSource) -> UpstreamState {
        let (now, monotonic) = (time.now(), time.monotonicNanoseconds())
        func moment(_ then: Int64) -> Timestamp {
            Timestamp(milliseconds: now.milliseconds - (monotonic - then) / 1_000_000)
        }
        return state.withLock { state in
            UpstreamState(
                upstreamProtocol: upstreamProtocol, authority: upstream.authority,
                lastAnswerAt: state.lastAnswer.map(moment), consecutiveFailures: state.consecutiveFailures,
                lastFailure: state.lastFailure.map { (moment($0.at), $0.reason) },
                balance: state.balance.map { (moment($0.at), $0.amount) })
        }
    }
}
