import Accounts
import Synchronization

/// Answers of analytics, kept for five minutes.
final class AnalyticsCache: Sendable {
    /// What was asked for.
    struct Place: Hashable {
        var account: AccountID
        var period: String
        var model: String?
    }

    /// How long an answer is kept, in nanoseconds: the dialect's documentation says five minutes.
    private static let lifetime: Int64 = 300_000_000_000
    /// Most answers that are kept: models are named by whoever asks.
    private static let capacity = 1000

    private let answers = Mutex<[Place: (bytes: [UInt8], expires: Int64)]>([:])

    func answer(_ place: Place, now: Int64) -> [UInt8]? {
        answers.withLock { answers in
            guard let kept = answers[place], kept.expires > now else { return nil }
            return kept.bytes
        }
    }

    func keep(_ bytes: [UInt8], at place: Place, now: Int64) {
        answers.withLock { answers in
            if answers.count >= Self.capacity {
                answers = answers.filter { $0.value.expires > now }
                if answers.count >= Self.capacity, let first = answers.min(by: { $0.value.expires < $1.value.expires })
                {
                    answers[first.key] = nil
                }
            }
            answers[place] = (bytes, now + Self.lifetime)
        }
    }
}
