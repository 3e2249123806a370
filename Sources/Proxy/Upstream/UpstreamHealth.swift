import Admission
import Metering
import Money
import NIOHTTP1
import Synchronization
import Timekeeping

/// How an upstream is doing, as requests find it: nothing is asked of it for this.
final class UpstreamHealth: Sendable {
    private struct State {
        var lastAnswer: Int64?
        var lastFailure: (at: Int64, reason: String)?
        var failuresInARow = 0
        var balance: (amount: NanoUSD, at: Int64)?
    }

    private let state = Mutex(State())

    /// Takes note of the beginning of an answer. One that says that the account is refused or empty, or that the upstream is
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
            state.failuresInARow = 0
        }
    }

    /// Takes note of an attempt that came to nothing.
    func failed(_ reason: String, now: Int64) {
        state.withLock { state in
            state.lastFailure = (now, reason)
            state.failuresInARow += 1
        }
    }

    /// Aggregators say in a field of their answers what is left of the account: `x-...-balance`, in USD.
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
                lastAnswerAt: state.lastAnswer.map(moment), consecutiveFailures: state.failuresInARow,
                lastFailure: state.lastFailure.map { (moment($0.at), $0.reason) },
                balance: state.balance.map { (moment($0.at), $0.amount) })
        }
    }
}
